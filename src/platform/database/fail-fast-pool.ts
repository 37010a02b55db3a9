import pg from 'pg';
import {
  CannotConnect,
  DatabaseSilent,
  hasNoConnectionLeft,
  isConnectionError,
  PoolExhausted,
} from './database-errors.js';
import type { DatabaseState } from './database-state.js';
import { NotPrimary, PrimaryClient, type PrimaryClientConfig } from './primary-client.js';

const SILENCE_MS = 2_500;
const PATIENCE_MS = 8_000;
const PATROL_MS = 100;
/** How long a pool manages with fewer connections before it asks Postgres for more. */
const FEWER_MS = 5_000;

export interface FailFastPoolConfig extends pg.PoolConfig {
  readonly state?: DatabaseState;
  /** Behind a pooler, status reports of Postgres concern none of our connections. */
  readonly isPooled?: boolean;
}

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

interface Waiting {
  readonly since: number;
  readonly isReserved: boolean;
  callback: Callback;
}

const LEAST_SIZE_TO_RESERVE = 4;

/** Number of connections that only reserved work may take: a third. */
export function reservedOf(size: number): number {
  return size < LEAST_SIZE_TO_RESERVE ? 0 : Math.max(1, Math.floor(size / 3));
}

const nothing = () => undefined;

/** Unlike pg, keeps a connection after a refused statement, and drops it after a time-out. */
function judgeConnection(client: pg.PoolClient & { readyForQuery?: boolean }): void {
  const release = client.release.bind(client);
  client.release = (error) => {
    const isRefusal = error instanceof pg.DatabaseError && !isConnectionError(error);
    if (isRefusal) release();
    else release(client.readyForQuery === false ? true : error);
  };
}

/**
 * A pool that refuses a request after 2.5 s if the database is silent, and otherwise after 8 s.
 * Reserved connections are for urgent work: session look-up, join, heartbeat, refresh, feed.
 */
export class FailFastPool extends pg.Pool {
  private lastSign = 0;
  private readonly waiting = new Set<Waiting>();
  private patrol: NodeJS.Timeout | undefined;
  readonly state: DatabaseState | undefined;
  private readonly isPooled: boolean;
  private readonly size: number;
  private growing: NodeJS.Timeout | undefined;
  private unreserved = 0;
  // In the order of arrival; it also contains requests that were refused in the meantime.
  private readonly unreservedWaiting: Waiting[] = [];
  private isReserving = false;

  constructor(config: FailFastPoolConfig) {
    // No timer of the pool per request: a single patrol looks after all waiting requests.
    super({ ...config, Client: PrimaryClient, connectionTimeoutMillis: 0 });
    this.state = config.state;
    this.isPooled = config.isPooled ?? false;
    this.size = this.options.max;
    const options: PrimaryClientConfig = {
      onNoConnectionLeft: () => this.shrink(),
      outcomes: this.state,
    };
    Object.assign(this.options, options);
    this.on('connect', () => {
      this.noteSign();
      this.state?.noteConnected();
    });
    this.on('release', (error: Error | boolean | undefined) => {
      if (error instanceof NotPrimary) this.state?.noteLost(error);
      if (error) return;
      this.noteSign();
      this.state?.noteAnswer();
    });
  }

  private noteSign(): void {
    this.lastSign = performance.now();
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | void {
    if (callback) return this.connectWithin(callback);
    return new Promise((resolve, reject) => {
      this.connectWithin((error, client) => (client ? resolve(client) : reject(error)));
    });
  }

  /** Lets the connections that `begin` requests synchronously use the reserved share. */
  reserved<Result>(begin: () => Result): Result {
    this.isReserving = true;
    try {
      return begin();
    } finally {
      this.isReserving = false;
    }
  }

  get waitingRequests(): number {
    return this.waiting.size;
  }

  private connectWithin(callback: Callback): void {
    const { isReserving: isReserved } = this;
    const waiting: Waiting = { since: performance.now(), isReserved, callback };
    this.waiting.add(waiting);
    this.patrol ??= setInterval(() => this.refuseWhoWaitedTooLong(), PATROL_MS).unref();
    if (isReserved || this.unreserved < this.mostUnreserved) this.acquire(waiting);
    else this.unreservedWaiting.push(waiting);
  }

  private acquire(waiting: Waiting): void {
    if (!waiting.isReserved) this.unreserved += 1;
    this.take(waiting);
  }

  private take(waiting: Waiting): void {
    const answer: Callback = (error, client, done) => {
      if (client && !this.isPooled && !(client as unknown as PrimaryClient).isPrimary) {
        client.release(true);
        return this.take(waiting);
      }
      // A closing pool aborts the connections that it was opening; that is no loss of the database.
      if (error && !this.ending && (this.totalCount === 0 || !hasNoConnectionLeft(error)))
        this.state?.noteLost(error);
      if (error && this.waiting.has(waiting) && hasNoConnectionLeft(error))
        return this.takeLater(waiting);
      if (client) this.lend(client, waiting.isReserved);
      else if (!waiting.isReserved) this.endUnreserved();
      const giveBack = client ? client.release.bind(client) : done;
      if (this.waiting.delete(waiting))
        waiting.callback(error && new CannotConnect(error), client, giveBack);
      // The request was refused before, so the connection goes to the next request.
      else if (client) giveBack();
    };
    super.connect(answer as Parameters<pg.Pool['connect']>[0]);
  }

  /** Postgres grants fewer connections than wanted; more are requested later. */
  private shrink(): void {
    // The refused connection is still counted.
    const granted = this.totalCount - 1;
    if (granted > 0) this.state?.noteFewer(granted, this.size);
    this.options.max = Math.max(1, Math.min(this.options.max, granted));
    this.growing ??= setTimeout(() => {
      this.growing = undefined;
      this.options.max = this.size;
    }, FEWER_MS).unref();
  }

  private takeLater(waiting: Waiting): void {
    if (this.totalCount > 0) this.take(waiting);
    else setTimeout(() => this.take(waiting), PATROL_MS).unref();
  }

  private get mostUnreserved(): number {
    const { max } = this.options;
    return max - reservedOf(max);
  }

  private lend(client: pg.PoolClient, isReserved: boolean): void {
    judgeConnection(client);
    if (isReserved) return;
    const release = client.release.bind(client);
    client.release = (error) => {
      release(error);
      this.endUnreserved();
    };
  }

  private endUnreserved(): void {
    this.unreserved -= 1;
    let next: Waiting | undefined;
    do next = this.unreservedWaiting.shift();
    while (next && !this.waiting.has(next));
    if (next) this.acquire(next);
  }

  private refuseWhoWaitedTooLong(): void {
    const now = performance.now();
    const isSilent = now - this.lastSign >= SILENCE_MS;
    // In the order of arrival.
    for (const waiting of this.waiting) {
      const waited = now - waiting.since;
      if (waited < (isSilent ? SILENCE_MS : PATIENCE_MS)) break;
      this.waiting.delete(waiting);
      const { callback } = waiting;
      // pg's queue keeps the entry until the database is back; without it, the request is released.
      waiting.callback = nothing;
      const error = isSilent
        ? new DatabaseSilent('The database is silent.')
        : new PoolExhausted('No connection came free.');
      if (isSilent) this.state?.noteLost(error);
      callback(error, undefined, nothing);
    }
    if (this.waiting.size > 0) return;
    clearInterval(this.patrol);
    this.patrol = undefined;
  }
}
