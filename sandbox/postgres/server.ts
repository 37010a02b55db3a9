import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAs, runningAs } from './account.js';
import type { Cluster } from './cluster.js';
import { DataInUse, readLock } from './lock.js';
import { startWatchdog } from './watchdog.js';

/** `fast` disconnects the clients and shuts down in order; `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

export interface Server {
  pid: number;
  port: number;
  stop(mode: StopMode): Promise<void>;
}

export class PortInUse extends Error {
  constructor(readonly port: number) {
    super(`Port ${port} on 127.0.0.1 is in use: stop what listens there or choose another port.`);
  }
}

const READY_POLL_MS = 10;
/** Recovery after a crash may read a lot. */
const READY_TIMEOUT_MS = 120_000;
const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5_000;
/** How long backends of a killed server may keep the pipe open. */
const LAST_LINES_MS = 200;
const REMEMBERED_LINES = 50;

/** Waits for connections. @throws {PortInUse} @throws {DataInUse} or with Postgres's message */
export async function launch(
  cluster: Cluster,
  port: number,
  settings: Record<string, string>,
  log: (line: string) => void,
): Promise<Server> {
  const { binaries, dataDir, account } = cluster;
  const watchdog = startWatchdog(binaries.pgCtl, dataDir, account);
  // Detached: Ctrl-C goes to the terminal's whole process group, and node has to drain first.
  const child = spawn(binaries.postgres, ['-D', dataDir, ...settingArguments(port, settings)], {
    ...runningAs(account),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) watchdog.guard(child.pid);
  child.unref();
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.on('error', () => resolve());
  }).then(() => watchdog.release());
  const lines = readLines(child, log);
  let stopping = false;
  const stop = (mode: StopMode): Promise<void> => {
    stopping = true;
    return stopChild(cluster, child, exit, mode);
  };

  const pid = child.pid;
  if (pid === undefined || !(await becomesReady(dataDir, child, pid))) {
    await stop('immediate');
    await Promise.race([once(child, 'close'), sleep(LAST_LINES_MS)]);
    throw failure(dataDir, port, lines);
  }
  child.once('exit', (code, signal) => {
    if (!stopping) log(`Postgres ended unexpectedly (${signal ?? code}).`);
  });
  return { pid, port, stop };
}

function settingArguments(port: number, settings: Record<string, string>): string[] {
  const all = {
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Failed statements contain their values; the server under test logs the relevant parts.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function readLines(child: ChildProcess, log: (line: string) => void): string[] {
  const lines: string[] = [];
  if (child.stderr === null) return lines;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > REMEMBERED_LINES) lines.shift();
    log(`postgres: ${line}`);
  });
  if (child.stderr instanceof Socket) child.stderr.unref();
  return lines;
}

async function becomesReady(dataDir: string, child: ChildProcess, pid: number): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!hasEnded(child) && Date.now() < deadline) {
    const lock = await readLock(dataDir);
    if (lock?.pid === pid && lock.ready) return true;
    await sleep(READY_POLL_MS);
  }
  return false;
}

async function stopChild(
  { binaries, dataDir, account }: Cluster,
  child: ChildProcess,
  exit: Promise<void>,
  mode: StopMode,
): Promise<void> {
  const endsWithin = async (ms: number): Promise<boolean> => {
    const timer = new AbortController();
    const timeout = sleep(ms, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([exit.then(() => true), timeout]);
    timer.abort();
    return ended;
  };
  if (child.pid === undefined || hasEnded(child)) return exit;
  if (process.platform === 'win32') {
    await runAs(account, binaries.pgCtl, ['stop', '-w', '-m', mode, '-D', dataDir]);
  } else {
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }
  if (await endsWithin(mode === 'fast' ? FAST_STOP_MS : IMMEDIATE_STOP_MS)) return;
  child.kill('SIGQUIT');
  if (await endsWithin(IMMEDIATE_STOP_MS)) return;
  child.kill('SIGKILL');
  await exit;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function failure(dataDir: string, port: number, lines: string[]): Error {
  const text = lines.join('\n');
  if (text.includes('Address already in use')) return new PortInUse(port);
  if (/lock file .* already exists|shared memory block .* is still in use/.test(text)) {
    return new DataInUse(dataDir, undefined);
  }
  const fatal = lines.filter((line) => /FATAL|PANIC/.test(line)).at(-1) ?? lines.at(-1);
  const reason = fatal?.replace(/^.*(FATAL|PANIC): +/, '') ?? 'it was not ready in time';
  return new Error(
    `Postgres could not start on ${dataDir}: ${reason} (when the folder is damaged, --fresh begins with an empty database).`,
  );
}
