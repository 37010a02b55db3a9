import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

const MODE = 0o400;

/**
 * Never overwrites a file, because the data that it protects would become unreadable. Returns the
 * names of the created files, and the admin's password if it is new.
 * @param databaseHost host and port at which the server reaches the database
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
  // Both or neither, because the address contains the password.
  if (make('postgres_password', password))
    make('database_url', `postgres://latchkey:${password}@${databaseHost}/latchkey`);
  make('secret_keys', random(48));
  const adminPassword = random(15);
  const isNew = make('admin_password', adminPassword);
  return { made, adminPassword: isNew ? adminPassword : undefined };
}
