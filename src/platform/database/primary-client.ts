import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { loopTurns } from '../tasks/loop-turns.js';
import { hasNoConnectionLeft, isOfItsState } from './database-errors.js';

const CONNECT_MS = 2_500;

/** Parameters that Postgres 14 and newer report when a session begins and whenever they change. */
const REFUSED = ['in_hot_standby', 'default_transaction_read_only'];

interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/** Internals of pg that its types leave out. */
interface Inside {
  connection: EventEmitter;
  _pulseQueryQueue: () => void;
  /** `I` outside of a transaction, according to Postgres's last report. */
  getTransactionStatus: () => string | null;
  _getActiveQuery(): { readonly text?: string } | null | undefined;
}

export interface Outcomes {
  noteRefused(code: string, statement: string): void;
  noteDone(statement: string): void;
}

type Connected = (error: Error | null) => void;

export interface PrimaryClientConfig extends pg.ClientConfig {
  /** Called before the pool replaces a connection that Postgres did not grant. */
  readonly onNoConnectionLeft?: () => void;
  readonly outcomes?: Outcomes | undefined;
}

/** The connection leads to a standby, or to a read-only server. */
export class NotPrimary extends Error {
  override readonly name = 'NotPrimary';
  /** The code with which Postgres itself would refuse a write. */
  readonly code = '25006';

  constructor() {
    super('this Postgres is a standby or read-only');
  }
}

/** Detects whether it leads to the primary: a demoted node would answer with outdated data. */
export class PrimaryClient extends pg.Client {
  private readonly refusedBy = new Set<string>();
  private readonly onNoConnectionLeft: (() => void) | undefined;

  constructor(config?: PrimaryClientConfig) {
    // pg has a single number for the wait in the pool's queue and for connecting; here they differ.
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
    this.onNoConnectionLeft = config?.onNoConnectionLeft;
    const inside = this as unknown as Inside;
    const send = inside._pulseQueryQueue.bind(this);
    // Immediately in a transaction, because others wait for the rows that it has locked.
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

  /** Reports from the client, because every statement passes it, also those of transactions. */
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

  /** By Postgres's last report; behind a pooler, it may concern a different connection. */
  get isPrimary(): boolean {
    return this.refusedBy.size === 0;
  }
}
