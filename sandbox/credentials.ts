import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What the sandbox makes up for itself, once, and keeps beside its database. */
export interface Credentials {
  readonly secretKeys: string;
  readonly casApiKey: string;
  readonly casApiSecret: string;
  readonly admin: Person;
  readonly users: readonly [Person, Person];
}

export interface Person {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

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
 * Reads the credentials, or makes them on the first run.
 * @throws if the file is damaged
 */
export function keepCredentials(file: string): Credentials {
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify(make(), null, 2)}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  } catch {
    throw new Error(`${file} cannot be read; start over with --fresh.`);
  }
}
