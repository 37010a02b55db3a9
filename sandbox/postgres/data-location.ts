import { createHash } from 'node:crypto';
import { mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, accountFor, may } from './account.js';
import { sharedFolder } from './shared-folder.js';

export interface DataLocation {
  dataDir: string;
  account: Account | undefined;
  /** The replacement folder, if the account cannot enter the wanted folder. */
  moved?: string;
}

/**
 * Returns the wanted folder, or a folder in a shared place if Postgres's account cannot enter it,
 * for example below /root. The same wish always leads to the same place.
 */
export async function locateData(wish: string, log: (line: string) => void): Promise<DataLocation> {
  const parent = dirname(resolve(wish));
  await mkdir(parent, { recursive: true });
  const inParent = join(await realpath(parent), basename(resolve(wish)));
  const wanted = await realpath(wish).catch(() => inParent);
  const account = await accountFor(wanted);
  if (account === undefined || (await may(account, 'enter', dirname(wanted)))) {
    return { dataDir: wanted, account };
  }
  if (await exists(join(wanted, 'PG_VERSION'))) {
    throw new Error(
      `The database in ${wanted} is closed to user ${account.uid}: let others enter its parent folders (chmod o+x), or remove it.`,
    );
  }
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const moved = await sharedFolder(`latchkey-${process.getuid?.() ?? 0}-${hash}`, account);
  log(`${wanted} is closed to user ${account.uid}: the database is kept in ${moved} instead.`);
  const dataDir = join(moved, 'data');
  return { dataDir, account: await accountFor(dataDir), moved };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
