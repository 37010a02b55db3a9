import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Person = z.object({ email: z.string(), password: z.string(), displayName: z.string() });
export type Person = Readonly<z.infer<typeof Person>>;

/** Secrets that the sandbox creates once, and keeps beside its database. */
const Credentials = z.object({
  secretKeys: z.string(),
  casApiKey: z.string(),
  casApiSecret: z.string(),
  admin: Person,
  users: z.tuple([Person, Person]),
});
export type Credentials = Readonly<z.infer<typeof Credentials>>;

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

function make(): Credentials {
  const person = (name: string): Person => ({
    email: `${name.toLowerCase()}@example.org`,
    password: random(12),
    displayName: name,
  });
  return {
    secretKeys: random(32),
    casApiKey: random(12),
    casApiSecret: random(24),
    admin: person('Admin'),
    users: [person('Ann'), person('Ben')],
  };
}

/**
 * Reads the credentials, or creates them on the first run.
 * @param folder of the sandbox, which also contains the embedded database
 * @throws with one sentence if the file is damaged, or is missing while the database exists
 */
export function keepCredentials(folder: string): Credentials {
  const file = join(folder, 'credentials.json');
  if (!existsSync(file)) {
    if (existsSync(join(folder, 'postgres')))
      throw new Error(`${file}, which the database needs, is missing; start over with --fresh.`);
    writeFileSync(file, `${JSON.stringify(make(), null, 2)}\n`, { mode: 0o600 });
  }
  try {
    return Credentials.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Error(`${file} cannot be read; start over with --fresh.`);
  }
}
