import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export class DataInUse extends Error {
  constructor(dataDir: string, pid: number | undefined) {
    const who = pid === undefined ? 'another Postgres' : `another Postgres (process ${pid})`;
    super(`The folder ${dataDir} is in use by ${who}: stop that run or choose another folder.`);
  }
}

/** The first and the last line of postmaster.pid; `pid` is 0 if the file is incomplete. */
export interface Lock {
  pid: number;
  ready: boolean;
}

/** The watchdog of a killed run stops its Postgres within about a second. */
export const PATIENCE_MS = 5_000;

const POLL_MS = 100;
const TORN_MS = 500;

/** Reads the lock that Postgres keeps in its data folder; undefined if there is none. */
export async function readLock(dataDir: string): Promise<Lock | undefined> {
  const text = await readFile(lockFile(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]) || 0, ready: lines[7]?.trim() === 'ready' };
}

/** Also disarms a dead lock. @throws {DataInUse} at `deadline`, milliseconds since the epoch */
export async function awaitRelease(dataDir: string, deadline: number): Promise<void> {
  for (;;) {
    const lock = await readLock(dataDir);
    if (lock === undefined) return;
    if (lock.pid === 0) return await removeTornLock(dataDir);
    if (!(await isHeldBy(lock.pid, dataDir))) return await defuse(dataDir, lock.pid);
    if (Date.now() >= deadline) throw new DataInUse(dataDir, lock.pid);
    await sleep(POLL_MS);
  }
}

/** Removes a lock that a power failure left empty; a new lock is filled immediately. */
async function removeTornLock(dataDir: string): Promise<void> {
  await sleep(TORN_MS);
  if ((await readLock(dataDir))?.pid === 0) await rm(lockFile(dataDir), { force: true });
}

/**
 * After a reboot the id may belong to any program, and Postgres would refuse to start; it ignores
 * its parent's id, which is ours. The file must stay: by its key of the shared memory, Postgres
 * finds backends that still write.
 */
async function defuse(dataDir: string, pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  const text = await readFile(lockFile(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined || !text.startsWith(`${pid}\n`)) return;
  await writeFile(lockFile(dataDir), text.replace(/^\d+/, String(process.pid)));
}

async function isHeldBy(pid: number, dataDir: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await commandOf(pid);
  return command === undefined || (command.includes('postgres') && command.includes(dataDir));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Returns the process's command line; undefined if the system does not provide it. */
async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') {
    return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  }
  const listed = promisify(execFile)('ps', ['-ww', '-p', String(pid), '-o', 'args=']);
  return listed.then(({ stdout }) => stdout).catch(() => undefined);
}

function lockFile(dataDir: string): string {
  return join(dataDir, 'postmaster.pid');
}
