import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Cluster, type Launch, startCluster, startReplica } from '../../support/cluster.js';
import type { Environment } from '../../support/config.js';
import type { Replica } from '../../support/cluster.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { Holder, holderLaunch } from './holder.js';
import { type OwnPostgres, startOwnPostgres } from '../../support/own-postgres.js';
import { Recorder } from './recorder.js';

/** The replica whose mints can be held up, and the replica whose clock is ten minutes ahead. */
export const HELD = 1;
export const AHEAD = 2;

const LAUNCHES: readonly Launch[] = [
  {},
  holderLaunch,
  {
    program: [
      '--import',
      './dist-faults/test/system/faults/server/shifted-clock.js',
      'dist/main.js',
    ],
  },
];

/** Three replicas, each with its own unreliable line to a Postgres that can be stopped too. */
export class FragileWorld {
  readonly recorder = new Recorder();
  readonly proxies: TcpProxy[] = [];
  readonly replicas: Replica[] = [];
  /** Unexpected ends of processes, with the last output of each. */
  readonly unexpectedEnds: string[] = [];
  /** The output of all processes that have ended. */
  private written = '';
  postgres!: OwnPostgres;
  cluster!: Cluster;
  holder!: Holder;
  private readonly environments: Environment[] = [];

  async start(): Promise<void> {
    this.postgres = await startOwnPostgres();
    const { database } = this.postgres;
    const { port } = this.postgres.server;
    for (const _ of LAUNCHES) this.proxies.push(await TcpProxy.to(port));
    this.cluster = await startCluster(
      LAUNCHES.length,
      { TOKEN_MARGIN: '1', SHIFTED_CLOCK_MS: String(10 * 60_000) },
      {
        database,
        observe: this.recorder.noteCall,
        lifeSeconds: 4,
        launch: (replica, usual) => {
          const DATABASE_URL = this.proxies[replica]?.through(database.url) ?? '';
          this.environments[replica] = { ...usual, DATABASE_URL };
          return [this.environments[replica], LAUNCHES[replica] ?? {}];
        },
      },
    );
    this.replicas.push(...this.cluster.replicas);
    this.holder = new Holder(this.replicas[HELD] ?? expect.unreachable());
  }

  get urls(): string[] {
    return this.replicas.map(({ url }) => url);
  }

  /** Ends a replica and starts it again on its port. */
  async replace(index: number, signal: NodeJS.Signals): Promise<void> {
    const old = this.replicas[index] ?? expect.unreachable();
    this.noteUnexpectedEnd(old);
    await old.stop(signal);
    this.written += old.output();
    const port = Number(new URL(old.url).port);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const launch = { ...LAUNCHES[index], port };
        this.replicas[index] = await startReplica(this.environments[index] ?? {}, launch);
        break;
      } catch (error) {
        // A server whose database is unavailable during its start exits; it is started again.
        if (attempt === 5) throw error;
        await sleep(500);
      }
    }
    if (index === HELD) this.holder = new Holder(this.replicas[HELD] ?? expect.unreachable());
  }

  noteUnexpectedEnd(replica: Replica): void {
    const { process } = replica;
    if (process.exitCode !== null || process.signalCode !== null)
      this.unexpectedEnds.push(replica.output().slice(-2_000));
  }

  /** Returns the lines of the log that report an internal error. */
  get errors(): string[] {
    const all = this.written + this.replicas.map((replica) => replica.output()).join('');
    return all.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line));
  }

  heal(): void {
    for (const proxy of this.proxies) proxy.heal();
    this.cluster.cas.reset();
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop('SIGKILL')));
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.cluster.stop();
  }
}
