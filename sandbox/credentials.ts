import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ANN, BEN, DEMO_PASSWORD, type DemoUser } from './demo.js';

const Person = z.object({ email: z.string(), password: z.string(), displayName: z.string() });
export type Person = Readonly<z.infer<typeof Person>>;

/** Secrets that the sandbox creates once, and keeps beside its database. */
const Credentials = z.object({
  secretKeys: z.string(),
  casApiKey: z.string(),
  casApiSecret: z.string(),
  admin: Person,
  users: z.tuple([Person, Person]),
  /** The same people in a database of `DATABASE_URL`, where nobody may guess their passwords. */
  usersElsewhere: z.tuple([Person, Person]).optional(),
  /** The API key that a former start created, which its database may have or not. */
  apiKey: z.string().optional(),
});
export type Credentials = Readonly<z.infer<typeof Credentials>>;

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

function person({ email, displayName }: DemoUser, password: string): Person {
  return { email, password, displayName };
}

const fileOf = (folder: string) => join(folder, 'credentials.json');

function write(folder: string, credentials: Credentials): void {
  writeFileSync(fileOf(folder), `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
}

function read(folder: string): Credentials {
  return Credentials.parse(JSON.parse(readFileSync(fileOf(folder), 'utf8')));
}

function make(): Credentials {
  return {
    secretKeys: random(32),
    casApiKey: random(12),
    casApiSecret: random(24),
    admin: { email: 'admin@example.org', password: random(12), displayName: 'Admin' },
    users: [person(ANN, DEMO_PASSWORD), person(BEN, DEMO_PASSWORD)],
    usersElsewhere: [person(ANN, random(12)), person(BEN, random(12))],
  };
}

/** Reads or makes them. @throws with a sentence if the file is damaged, or lost beside data */
export function keepCredentials(folder: string, isEmbedded: boolean): Credentials {
  const file = fileOf(folder);
  if (!existsSync(file)) {
    if (existsSync(join(folder, 'postgres')))
      throw new Error(`${file}, which the database needs, is missing; start over with --fresh.`);
    write(folder, make());
  }
  try {
    const kept = read(folder);
    return isEmbedded ? kept : { ...kept, users: kept.usersElsewhere ?? kept.users };
  } catch {
    throw new Error(`${file} cannot be read; start over with --fresh.`);
  }
}

/** Keeps the API key for the next start; no answer of the server shows it again. */
export function keepApiKey(folder: string, apiKey: string): void {
  write(folder, { ...read(folder), apiKey });
}
