import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

/** Who reads a file, besides its owner: nobody. */
const MODE = 0o400;

/**
 * Makes what a new installation needs to keep secret, each in a file of its own. A file that is
 * there is never written again: what it protects could not be read any more.
 * @param databaseHost where the database will be reached, `host:port`
 * @returns the names of the files that were made, and the admin's password if it is new
 */
export function makeSecrets(
  folder: string,
  databaseHost: string,
): { made: string[]; adminPassword: string | undefined } {
  mkdirSync(folder, { recursive: true });
  const made: string[] = [];
  const make = (name: string, text: string): boolean => {
    if (existsSync(join(folder, name))) return false;
    writeFileSync(join(folder, name), text, { mode: MODE, flag: 'wx' });
    made.push(name);
    return true;
  };
  const password = random(24);
  // Together or not at all: the address holds the password.
  if (make('postgres_password', password))
    make('database_url', `postgres://latchkey:${password}@${databaseHost}/latchkey`);
  make('secret_keys', random(48));
  const adminPassword = random(15);
  const isNew = make('admin_password', adminPassword);
  return { made, adminPassword: isNew ? adminPassword : undefined };
}
