import {
  access,
  chmod,
  constants,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Account, giveTo, runAs } from './account.js';
import { type Binaries, installedNative, usableBinaries } from './binaries.js';
import { locateData } from './data-location.js';
import { awaitRelease, isAlive, PATIENCE_MS } from './lock.js';
import { makePassword, passwordFile, readPassword } from './password.js';

export interface Cluster {
  dataDir: string;
  password: string;
  account: Account | undefined;
  binaries: Binaries;
}

const PARTS = ['PG_VERSION', 'base', 'global', 'pg_wal', 'postgresql.conf'];

/** Opens or creates the database. @throws with one sentence that names an unusable folder */
export async function openCluster(
  wish: string,
  durable: boolean,
  log: (line: string) => void,
): Promise<Cluster> {
  const { dataDir, account } = await locateData(wish, log);
  const binaries = await usableBinaries(installedNative(), account, log);
  await removeInterrupted(dataDir);
  if ((await entriesOf(dataDir)).length === 0) {
    await create({ dataDir, account, binaries, durable });
  }
  await verifyVersion(dataDir, binaries.major);
  // Copies and images lose the owner and the mode that Postgres requires.
  if ((await stat(dataDir)).uid !== account?.uid) await giveTo(account, dataDir);
  await chmod(dataDir, 0o700);
  return { dataDir, account, binaries, password: await readPassword(dataDir) };
}

/** @throws if Postgres still runs after `patience` milliseconds, or the folder has other files */
export async function eraseData(wish: string, patience = PATIENCE_MS): Promise<void> {
  const { dataDir, moved } = await locateData(wish, () => undefined);
  const entries = await entriesOf(dataDir);
  if (entries.length > 0 && !isPartOfDatabase(entries)) throw holdsOtherFiles(dataDir);
  await awaitRelease(dataDir, Date.now() + patience);
  await removeInterrupted(dataDir);
  await rm(dataDir, { recursive: true, force: true });
  await rm(passwordFile(dataDir), { force: true });
  if (moved !== undefined) await rm(moved, { recursive: true, force: true });
}

/** Creates the database under a temporary name, so that an interrupted creation is never used. */
async function create(cluster: Omit<Cluster, 'password'> & { durable: boolean }): Promise<void> {
  const { dataDir, account, binaries, durable } = cluster;
  await access(dirname(dataDir), constants.W_OK).catch(() => {
    throw new Error(
      `The folder ${dirname(dataDir)} is not writable: choose another folder for the embedded Postgres.`,
    );
  });
  await makePassword(dataDir);
  await giveTo(account, passwordFile(dataDir));
  const stage = await mkdtemp(`${dataDir}.new-${process.pid}-`);
  try {
    await giveTo(account, stage);
    const { code, output } = await runAs(account, binaries.initdb, [
      `--pgdata=${join(stage, 'data')}`,
      '--username=postgres',
      `--pwfile=${passwordFile(dataDir)}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // A provider that all systems have: macOS has no C.UTF-8 of its own.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ]);
    if (code !== 0) {
      const reason =
        /(?:error|FATAL): *(.+)/.exec(output)?.[1] ?? (output.trim() || 'it was ended');
      throw new Error(`The database in ${dataDir} could not be created: ${reason}.`);
    }
    await rename(join(stage, 'data'), dataDir);
  } catch (error) {
    // A concurrent start may have been faster; its database is equally good.
    if (!(await entriesOf(dataDir)).includes('PG_VERSION')) throw error;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Removes what a killed start of this user left beside the folder. */
async function removeInterrupted(dataDir: string): Promise<void> {
  const prefix = `${basename(dataDir)}.new-`;
  for (const name of await readdir(dirname(dataDir)).catch(() => [])) {
    const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length).split('-')[0] : NaN);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const leftover = join(dirname(dataDir), name);
    await rm(leftover, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function verifyVersion(dataDir: string, major: string): Promise<void> {
  const entries = await entriesOf(dataDir);
  if (!entries.includes('PG_VERSION')) {
    if (!isPartOfDatabase(entries)) throw holdsOtherFiles(dataDir);
    throw new Error(
      `The database in ${dataDir} is damaged (it has no PG_VERSION): start with --fresh to begin with an empty one.`,
    );
  }
  const found = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (found === major) return;
  throw new Error(
    `The database in ${dataDir} is of Postgres ${found || 'unknown'}, not ${major}: start with --fresh to begin with an empty one, or move it away.`,
  );
}

async function entriesOf(dataDir: string): Promise<string[]> {
  try {
    return await readdir(dataDir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return [];
    const reason =
      code === 'ENOTDIR'
        ? 'is not a folder: choose another path'
        : 'cannot be read, because another user created it: remove it or choose another folder';
    throw new Error(`${dataDir} ${reason} for the embedded Postgres.`);
  }
}

function isPartOfDatabase(entries: string[]): boolean {
  return entries.some((entry) => PARTS.includes(entry));
}

function holdsOtherFiles(dataDir: string): Error {
  return new Error(
    `The folder ${dataDir} contains files that are not a database: choose another folder for the embedded Postgres.`,
  );
}
