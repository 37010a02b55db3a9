import { spawn } from 'node:child_process';
import { lchown, readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';

/** The user that runs Postgres if node runs as root, because Postgres refuses root. */
export interface Account {
  uid: number;
  gid: number;
}

/** The result of a short program; `code` is null if it could not be run. */
export interface Outcome {
  code: number | null;
  output: string;
}

/**
 * Returns undefined for the current user; for root, the owner of the database, or `nobody` for a
 * new database. @throws if root has no `nobody` on this system
 */
export async function accountFor(dataDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const database = await stat(join(dataDir, 'PG_VERSION')).catch(() => undefined);
  // A database of an ordinary user remains theirs if root starts it once.
  if (database !== undefined && database.uid !== 0) return { uid: database.uid, gid: database.gid };
  return nobody();
}

export function runningAs(account: Account | undefined) {
  return {
    // The caller's folder may be inaccessible to the account.
    cwd: parse(process.execPath).root,
    windowsHide: true,
    // Preloaded libraries, locales and PG* variables of the caller would change the database.
    ...(process.platform === 'win32' ? {} : { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } }),
    // On macOS `nobody` is -2, which spawn accepts only as a signed number.
    ...(account === undefined ? {} : { uid: account.uid | 0, gid: account.gid | 0 }),
  };
}

export async function runAs(
  account: Account | undefined,
  file: string,
  args: string[],
): Promise<Outcome> {
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
      const child = spawn(file, args, { ...runningAs(account), stdio });
      let output = '';
      const collect = (chunk: Buffer): void => void (output += chunk.toString());
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  } catch (error) {
    return { code: null, output: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether the account may read a file or enter a folder, including all parents. */
export async function may(
  account: Account | undefined,
  permission: 'read' | 'enter',
  path: string,
): Promise<boolean> {
  if (account === undefined) return true;
  // Tested as that user, because modes do not show access lists.
  const test = `test ${permission === 'read' ? '-r' : '-x'} "$1"`;
  return (await runAs(account, '/bin/sh', ['-c', test, 'sh', path])).code === 0;
}

/** Makes the account the owner of a file or a whole folder, without following links. */
export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account === undefined) return;
  await lchown(path, account.uid, account.gid);
  if (!(await stat(path)).isDirectory()) return;
  for (const entry of await readdir(path, { recursive: true })) {
    await lchown(join(path, entry), account.uid, account.gid);
  }
}

async function nobody(): Promise<Account> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, , uid, gid] = /^nobody:.*$/m.exec(users)?.[0].split(':') ?? [];
  const account = {
    uid: unsigned(uid ?? (await runAs(undefined, 'id', ['-u', 'nobody'])).output),
    gid: unsigned(gid ?? (await runAs(undefined, 'id', ['-g', 'nobody'])).output),
  };
  if (account.uid > 0 && account.gid > 0) return account;
  throw new Error(
    'Postgres refuses to run as root and this system has no user "nobody": start as an ordinary user.',
  );
}

function unsigned(id: string): number {
  return Number(id) >>> 0;
}
