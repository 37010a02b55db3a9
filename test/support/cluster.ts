import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CasCall } from '../../sandbox/cas/cas-stats.js';
import { type SandboxCas, startSandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import { Client } from './client.js';
import { type Environment, testEnvironment } from './config.js';
import { cloneDatabase, type TestDatabase } from './database.js';
import type { SignedIn } from './shapes.js';

/** The built server in a process of its own. */
export interface Replica {
  readonly url: string;
  readonly process: ChildProcess;
  /** The output so far, stdout and stderr together. */
  output(): string;
  /** The output so far, each stream separately. */
  readonly written: Readonly<Record<'stdout' | 'stderr', string>>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** How a replica is started, if not as in production. */
export interface Launch {
  /** The arguments of node. */
  readonly program?: readonly string[];
  readonly port?: number;
  /** Opens a channel for orders to a test server. */
  readonly withChannel?: boolean;
}

/** Several replicas over one database and one CAS. */
export interface Cluster {
  readonly replicas: readonly Replica[];
  readonly database: TestDatabase;
  readonly cas: SandboxCas;
  readonly environment: Environment;
  readonly admin: Client;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

export async function startReplica(
  environment: Environment,
  { program = ['dist/main.js'], port: wanted, withChannel = false }: Launch = {},
): Promise<Replica> {
  const port = wanted ?? (await freePort());
  const child = spawn(process.execPath, program, {
    env: { PATH: process.env['PATH'], ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe', withChannel ? 'ipc' : 'ignore'],
  });
  let output = '';
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.on('data', (text: Buffer) => {
      output += text.toString();
      written[stream] += text.toString();
    });
  const url = `http://127.0.0.1:${port}`;
  const replica: Replica = {
    url,
    process: child,
    output: () => output,
    written,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return child.exitCode;
    },
  };
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${output}`);
    if (await isReady(url)) return replica;
    await sleep(100);
  }
  throw new Error(`the server did not get ready: ${output}`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch {
    return false;
  }
}

/** The parts of a cluster, if they are not the usual ones. */
export interface Parts {
  readonly database?: TestDatabase;
  /** Returns the environment and the program of one replica. */
  readonly launch?: (replica: number, usual: Environment) => [Environment, Launch];
  /** Puts something between all replicas and their database or CAS; returns the new environment. */
  readonly through?: (environment: Environment) => Promise<Environment>;
  readonly observe?: (call: CasCall) => void;
  /** The lifetime of a token of CAS in seconds. */
  readonly lifeSeconds?: number;
}

export async function startCluster(
  size: number,
  overrides: Environment = {},
  parts: Parts = {},
): Promise<Cluster> {
  const {
    launch = (_replica, usual) => [usual, {}],
    through,
    observe,
    lifeSeconds = 3_600,
  } = parts;
  const database = parts.database ?? (await cloneDatabase());
  const cas = await startSandboxCas({
    apiKey: testEnvironment.CAS_API_KEY,
    apiSecret: testEnvironment.CAS_API_SECRET,
    lifeSeconds,
    ...(observe && { observe }),
  });
  const direct = {
    ...testEnvironment,
    DATABASE_URL: database.url,
    CAS_URL: cas.url,
    ...overrides,
  };
  const environment = through ? await through(direct) : direct;
  // The replicas start together, because any number of them may migrate an empty database at once.
  const replicas = await Promise.all(
    Array.from({ length: size }, (_, replica) => {
      const [own, how] = launch(replica, environment);
      return startReplica(own, how);
    }),
  );
  const anyone = new Client(replicas[0]?.url ?? '');
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = testEnvironment;
  const signedIn = await anyone.post<SignedIn>('/v1/auth/login', { email, password });
  return {
    replicas,
    database,
    cas,
    environment,
    admin: anyone.as(signedIn.body),
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await cas.close();
      await database.drop();
    },
  };
}
