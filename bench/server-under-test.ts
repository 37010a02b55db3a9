import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Held } from './collect.js';
import { cpuOf } from './cpu.js';

const CLIENTS = 32;

/** The measurements of a round of load. */
export interface Round {
  readonly requests: number;
  /** CPU time of the server's process, user and system. */
  readonly cpuMicroseconds: number;
  readonly seconds: number;
}

export interface Request {
  /** `POST` if undefined. */
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: () => string;
  /** Called with each answer, for requests that depend on the previous answer. */
  readonly keep?: (answer: string) => void;
}

/** A server under load in a separate process. */
export class ServerUnderTest {
  private readonly pool: Pool;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    this.pool = new Pool(url, { connections: CLIENTS });
  }

  static async start(
    name: string,
    script: string,
    port: number,
    environment: Record<string, string>,
  ): Promise<ServerUnderTest> {
    const child = spawn(process.execPath, [script], {
      env: { PATH: process.env['PATH'], ...environment, HOST: '127.0.0.1', PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    process.once('exit', () => child.kill('SIGKILL'));
    const url = `http://127.0.0.1:${port}`;
    for (let attempt = 0; attempt < 600; attempt += 1) {
      if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
      const answered = await fetch(url).then(
        () => true,
        () => false,
      );
      if (answered) return new ServerUnderTest(name, child, url);
      await sleep(100);
    }
    child.kill('SIGKILL');
    throw new Error(`${name} did not start`);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Returns the CPU time that the server's process has used, in microseconds. */
  cpu(): number {
    return cpuOf(this.child.pid);
  }

  /** Returns the memory of the server's process, in KiB, including garbage; Linux only. */
  memory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN);
  }

  /** Returns its memory without garbage; it must have been started with `collect.js`. */
  async held(): Promise<Held> {
    this.child.send('collect');
    const [held] = (await once(this.child, 'message')) as [Held];
    return held;
  }

  /**
   * Runs a closed loop for a while: 32 clients, each with one request at a time. If the number of
   * requests is a multiple of 32, each request belongs to a single client.
   */
  load(requests: readonly Request[], milliseconds: number): Promise<Round> {
    const until = performance.now() + milliseconds;
    return this.measure((turn) =>
      performance.now() < until ? requests[turn % requests.length] : undefined,
    );
  }

  /** Sends each request once. */
  loadOnce(requests: readonly Request[]): Promise<Round> {
    return this.measure((turn) => requests[turn]);
  }

  private async measure(next: (turn: number) => Request | undefined): Promise<Round> {
    const startedAt = performance.now();
    const cpuBefore = this.cpu();
    let done = 0;
    const client = async (offset: number) => {
      let turn = offset;
      for (let request = next(turn); request; request = next((turn += CLIENTS))) {
        const { method = 'POST', path, headers, body: make, keep } = request;
        const text = make?.() ?? null;
        const { statusCode, body } = await this.pool.request({ method, path, headers, body: text });
        if (keep) keep(await body.text());
        else await body.dump();
        if (statusCode !== 200) throw new Error(`${this.name} answered ${statusCode}`);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
    return {
      requests: done,
      cpuMicroseconds: this.cpu() - cpuBefore,
      seconds: (performance.now() - startedAt) / 1000,
    };
  }

  async stop(): Promise<void> {
    await this.pool.destroy();
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}
