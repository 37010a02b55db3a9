import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const READY_MS = 30_000;
const POLL_MS = 100;

/** The server in a separate process, configured by environment variables as in production. */
export class ServerProcess {
  readonly url: string;
  private readonly child: ChildProcess;
  private errors = '';

  /** @param logFile receives its log, one line of JSON per entry */
  constructor(
    env: Readonly<Record<string, string>>,
    port: number,
    private readonly logFile: string,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.child = fork(fileURLToPath(new URL('server.js', import.meta.url)), {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C goes to the terminal's whole process group; the sandbox stops its parts in order.
      detached: true,
    });
    this.child.stdout?.pipe(createWriteStream(logFile, { flags: 'a' }));
    this.child.stderr?.on('data', (text: Buffer) => {
      this.errors += text.toString();
    });
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** @throws with the server's own message if it does not start */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (this.hasEnded) throw new Error(this.errors.trim() || this.endedByItself());
      if (await this.isReady(signal)) return;
      await sleep(POLL_MS, undefined, { signal });
    }
    throw new Error(`The server was not ready in time; its log is ${this.logFile}.`);
  }

  private async isReady(signal: AbortSignal): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/ready`, { signal })).ok;
    } catch {
      return false;
    }
  }

  /** @throws if the server ends before the signal */
  async runUntil(signal: AbortSignal): Promise<void> {
    try {
      if (!this.hasEnded) await once(this.child, 'exit', { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      return;
    }
    throw new Error(this.endedByItself());
  }

  private endedByItself(): string {
    const { exitCode, signalCode } = this.child;
    return `The server ended unexpectedly (${signalCode ?? exitCode}); its log is ${this.logFile}.`;
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
