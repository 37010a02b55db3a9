import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

/** The file beside the data folder that contains the superuser's password; mode 0600. */
export function passwordFile(dataDir: string): string {
  return `${dataDir}.password`;
}

/** Creates the password if there is none; of concurrent starts, the first one wins. */
export async function makePassword(dataDir: string): Promise<void> {
  const draft = `${passwordFile(dataDir)}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Unlike a rename, a link never replaces an existing file.
    await link(draft, passwordFile(dataDir));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** @throws if the file is missing */
export async function readPassword(dataDir: string): Promise<string> {
  const file = passwordFile(dataDir);
  const password = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (password !== '') return password;
  throw new Error(
    `The password of the database in ${dataDir} cannot be read from ${file}: start with --fresh to begin with an empty database.`,
  );
}
