import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { loopTurns } from '../tasks/loop-turns.js';
import { hasNoConnectionLeft, isOfItsState } from './database-errors.js';

const CONNECT_MS = 2_500;

/** Reported by Postgres 14 and newer, when a session begins and whenever they change. */
const REFUSED = ['in_hot_standby', 'default_transaction_read_only'];

interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/** What pg's types leave out. */
interface Inside {
  connection: EventEmitter;
  /** Sends the next statement, if the connection is ready for one. */
  _pulseQueryQueue: () => void;
  /** `I` outside of a transaction, as Postgres said last. */
  getTransactionStatus: () => string | null;
  /** The statement that Postgres works on. */
  _getActiveQuery(): { readonly text?: string } | null | undefined;
}

/** Receives the statements that Postgres refuses because of its own state, and those that it executed. */
export interface Outcomes {
  noteRefused(code: string, statement: string): void;
  noteDone(statement: string): void;
}

type Connected = (error: Error | null) => void;

export interface PrimaryClientConfig extends pg.ClientConfig {
  /** Told before the pool opens a connection in place of the one that Postgres did not grant. */
  readonly onNoConnectionLeft?: () => void;
  readonly outcomes?: Outcomes | undefined;
}

/** The connection leads to a standby, or to a server that is read-only. */
export class NotPrimary extends Error {
  override readonly name = 'NotPrimary';
  /** What Postgres itself would answer to a write. */
  readonly code = '25006';

  constructor() {
    super('this Postgres is a standby or read-only');
  }
}

/**
 * A connection that notices when it does not lead to the primary. Behind an address that moves from
 * node to node, a demoted node would answer reads with what was true before.
 */
export class PrimaryClient extends pg.Client {
  private readonly refusedBy = new Set<string>();
  private readonly onNoConnectionLeft: (() => void) | undefined;

  constructor(config?: PrimaryClientConfig) {
    // pg bounds the wait in the pool's queue and the connect by one number; here they are two.
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
    this.onNoConnectionLeft = config?.onNoConnectionLeft;
    const inside = this as unknown as Inside;
    const send = inside._pulseQueryQueue.bind(this);
    // Within a transaction at once, because others wait for the rows that it has locked.
    inside._pulseQueryQueue = () =>
      ['T', 'E'].includes(inside.getTransactionStatus() ?? '') ? send() : loopTurns.goOn(send);
    const { connection } = inside;
    connection.on('parameterStatus', ({ parameterName: name, parameterValue }: ParameterStatus) => {
      if (!REFUSED.includes(name)) return;
      if (parameterValue === 'on') this.refusedBy.add(name);
      else this.refusedBy.delete(name);
    });
    if (config?.outcomes) this.report(config.outcomes);
  }

  /** The client reports, because every statement passes through it, those of transactions included. */
  private report(outcomes: Outcomes): void {
    const inside = this as unknown as Inside;
    inside.connection.on('errorMessage', ({ code }: pg.DatabaseError) => {
      const { text } = inside._getActiveQuery() ?? {};
      if (code !== undefined && text !== undefined && isOfItsState(code))
        outcomes.noteRefused(code, text);
    });
    inside.connection.on('commandComplete', () => {
      const { text } = inside._getActiveQuery() ?? {};
      if (text !== undefined) outcomes.noteDone(text);
    });
  }

  override connect(): Promise<this>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<this> | void {
    if (!callback) return super.connect() as Promise<this>;
    super.connect((error: Error | null) => {
      if (hasNoConnectionLeft(error)) this.onNoConnectionLeft?.();
      callback(error);
    });
  }

  /** As Postgres said last; a pooler would say what was true of some other connection. */
  get isPrimary(): boolean {
    return this.refusedBy.size === 0;
  }
}
