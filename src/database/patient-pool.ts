import pg from 'pg';
import { DatabaseSilent, PoolExhausted } from './database-errors.js';

const SILENCE_MS = 2_500;
const PATIENCE_MS = 8_000;
const CONNECT_MS = 2_500;

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

const nothing = () => undefined;

/** pg bounds the wait in the pool's queue and the connect by one number; here they are two. */
class QuickClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
  }
}

/**
 * A pool that tells a queue from an outage: who waits for a connection is refused after 2.5 s if
 * the database has been silent for that long, and else after 8 s.
 */
export class PatientPool extends pg.Pool {
  private lastSign = 0;

  constructor(config: pg.PoolConfig) {
    super({ ...config, Client: QuickClient, connectionTimeoutMillis: PATIENCE_MS + CONNECT_MS });
    this.on('connect', () => this.noteSign());
    this.on('release', (error: Error | boolean | undefined) => {
      if (!error) this.noteSign();
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

  private connectWithin(callback: Callback): void {
    // Nobody waits for a connection that is there for him.
    if (this.idleCount > this.waitingCount) {
      super.connect(callback as Parameters<pg.Pool['connect']>[0]);
      return;
    }
    let answered = false;
    const answer: Callback = (error, client, done) => {
      if (answered) {
        // It came too late for whoever waited, so the connection goes to the next one.
        if (client) done();
        return;
      }
      answered = true;
      clearTimeout(silence);
      clearTimeout(patience);
      callback(error, client, done);
    };
    const silence = setTimeout(() => {
      if (performance.now() - this.lastSign >= SILENCE_MS)
        answer(new DatabaseSilent('The database is silent.'), undefined, nothing);
    }, SILENCE_MS);
    const patience = setTimeout(
      () => answer(new PoolExhausted('No connection came free.'), undefined, nothing),
      PATIENCE_MS,
    );
    super.connect(answer as Parameters<pg.Pool['connect']>[0]);
  }
}
