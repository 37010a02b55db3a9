import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eraseData } from '../../sandbox/postgres/cluster.js';

const START = join(import.meta.dirname, '../../sandbox/start.mjs');
const PATIENCE_MS = 50_000;

export interface SandboxSettings {
  readonly port: number;
  readonly casPort: number;
  readonly issuerPort: number;
  /** `TRUSTED_ISSUERS` of the environment. */
  readonly issuers?: string;
}

export async function freePorts(): Promise<SandboxSettings> {
  const [port, casPort, issuerPort] = await Promise.all([freePort(), freePort(), freePort()]);
  return { port, casPort, issuerPort };
}

/** `npm run sandbox` in a folder of its own. */
export class SandboxProcess {
  private text = '';
  private readonly child: ChildProcess;

  constructor(
    readonly folder: string,
    settings: SandboxSettings,
    ...options: string[]
  ) {
    const { PATH, HOME } = process.env;
    this.child = spawn(process.execPath, [START, ...options], {
      cwd: folder,
      env: {
        PATH,
        HOME,
        PORT: String(settings.port),
        SANDBOX_CAS_PORT: String(settings.casPort),
        SANDBOX_ISSUER_PORT: String(settings.issuerPort),
        TRUSTED_ISSUERS: settings.issuers,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (text: Buffer) => (this.text += text.toString()));
  }

  /** The output so far, stdout and stderr. */
  get output(): string {
    return this.text;
  }

  async untilItSays(what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.text.includes(what)) {
      if (this.child.exitCode !== null || Date.now() > deadline)
        throw new Error(`The sandbox never said "${what}": ${this.text}`);
      await sleep(20);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Returns the exit code; null if a signal ended the process. */
  async ended(): Promise<number | null> {
    const { exitCode, signalCode } = this.child;
    if (exitCode === null && signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }
}

/** Returns the command lines of all processes that use the folder or listen on the port. */
export async function processesOf(folder: string, port: number): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (name: string) => readFile(join('/proc', pid, name), 'utf8').catch(() => '');
    const [command, environment] = await Promise.all([read('cmdline'), read('environ')]);
    const isOurs = command.includes(folder) || environment.split('\0').includes(`PORT=${port}`);
    if (command !== '' && isOurs && pid !== String(process.pid)) found.push(command);
  }
  return found.map((command) => command.replaceAll('\0', ' '));
}

export async function occupiedPort(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

export async function freePort(): Promise<number> {
  const { server, port } = await occupiedPort();
  server.close();
  return port;
}

/** Creates a folder open to others, so that the data stay in it and left-over processes are found. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sandbox-test-'));
  await chmod(folder, 0o755);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await eraseData(join(folder, '.sandbox', 'postgres'));
  await rm(folder, { recursive: true, force: true });
}
