import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const READY_MS = 30_000;

/** The server under its own process, configured by environment variables as in production. */
export class ServerProcess {
  private errors = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * Starts the server and waits until it is ready.
   * @param logFile gets its log, one line of JSON per entry
   * @throws with the server's own words if it does not start
   */
  static async start(
    environment: Record<string, string>,
    port: number,
    logFile: string,
  ): Promise<ServerProcess> {
    const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), {
      env: { PATH: process.env['PATH'], ...environment, HOST: '127.0.0.1', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const server = new ServerProcess(child, `http://127.0.0.1:${port}`);
    child.stdout?.on('data', (text: Buffer) => appendFileSync(logFile, text));
    child.stderr?.on('data', (text: Buffer) => {
      server.errors += text.toString();
    });
    await server.waitUntilReady();
    return server;
  }

  private async waitUntilReady(): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (this.child.exitCode !== null)
        throw new Error(this.errors.trim() || `The server ended with code ${this.child.exitCode}.`);
      if (await this.isReady()) return;
      await new Promise((wake) => setTimeout(wake, 100));
    }
    throw new Error('The server did not get ready in time.');
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/ready`)).ok;
    } catch {
      return false;
    }
  }

  /** Resolves when the server has ended, by itself or not. */
  async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended();
  }
}
