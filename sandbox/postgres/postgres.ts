import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, openCluster } from './cluster.js';
import { awaitRelease, DataInUse, PATIENCE_MS } from './lock.js';
import { launch, PortInUse, type Server, type StopMode } from './server.js';

export interface PostgresOptions {
  dataDir: string;
  /** A free port if undefined. */
  port?: number;
  /** False trades safety against power failures for speed, for tests. */
  durable: boolean;
  settings?: Record<string, string>;
  /** Milliseconds to wait for the Postgres of a killed run; 5,000 by default. */
  patience?: number;
  /** Receives useful messages, including Postgres's own lines; no statements, no values. */
  log?: (line: string) => void;
}

/** A Postgres that ends with this process, however it ends, and does not keep node running. */
export interface EmbeddedPostgres {
  /** Address of the database `postgres` for the superuser, including the password. */
  readonly url: string;
  /** The address of another database; its name needs no escaping. */
  databaseUrl(name: string): string;
  readonly port: number;
  /** Process id of the running server; it changes with a restart. */
  readonly pid: number;
  /** The folder in use, which may differ from the wanted folder if Postgres cannot enter that. */
  readonly dataDir: string;
  /** Resolves once it has ended; may be called repeatedly, also if it has ended by itself. */
  stop(mode?: StopMode): Promise<void>;
  /** Stops it, and starts it on the same port; also starts a stopped server. */
  restart(mode?: StopMode): Promise<void>;
}

const RETRY_MS = 100;
const PORT_ATTEMPTS = 5;

/** Waits until it accepts connections on 127.0.0.1. @throws with one sentence for people */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const cluster = await openCluster(options.dataDir, options.durable, log);
  const settings = {
    // Without fsync, `synchronous_commit: off` saves nothing, and the server overrides it.
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  const startOn = (wantedPort: number | undefined): Promise<Server> =>
    startServer(cluster, wantedPort, settings, options.patience ?? PATIENCE_MS, log);
  let server = await startOn(options.port);
  const { port } = server;
  const databaseUrl = (name: string): string =>
    `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(name)}`;

  // One step after the other: a stop during a restart must stop the server that is about to start.
  let last: Promise<void> = Promise.resolve();
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const turn = last.then(step);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    url: databaseUrl('postgres'),
    databaseUrl,
    port,
    dataDir: cluster.dataDir,
    get pid() {
      return server.pid;
    },
    stop: (mode = 'fast') => inTurn(() => server.stop(mode)),
    restart: (mode = 'fast') =>
      inTurn(async () => {
        await server.stop(mode);
        server = await startOn(port);
      }),
  };
}

async function startServer(
  cluster: Cluster,
  wantedPort: number | undefined,
  settings: Record<string, string>,
  patience: number,
  log: (line: string) => void,
): Promise<Server> {
  const deadline = Date.now() + patience;
  for (let attempt = 1; ; attempt += 1) {
    await awaitRelease(cluster.dataDir, deadline);
    try {
      return await launch(cluster, wantedPort ?? (await freePort()), settings, log);
    } catch (error) {
      const portWasLost =
        error instanceof PortInUse && wantedPort === undefined && attempt < PORT_ATTEMPTS;
      // Backends of a killed server need a moment to notice.
      const dataMayBeFreed = error instanceof DataInUse && Date.now() < deadline;
      if (!portWasLost && !dataMayBeFreed) throw error;
      await sleep(RETRY_MS);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}
