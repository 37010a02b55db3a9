import { readFileSync, statSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

export const SECRETS = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'CAS_API_KEY',
  'CAS_API_SECRET',
  'SECRET_KEYS',
  'TRUSTED_ISSUERS',
  'ADMIN_PASSWORD',
] as const;

/** Reads every `X_FILE` into `X`; empty is not set: compose files cannot leave variables out. */
export function readSecretFiles(environment: Environment): {
  variables: Record<string, string | undefined>;
  faults: string[];
} {
  const variables = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== ''),
  );
  const faults: string[] = [];
  for (const name of SECRETS) {
    const path = variables[`${name}_FILE`];
    if (path === undefined) continue;
    if (variables[name] !== undefined) {
      faults.push(`${name}: is set together with ${name}_FILE; set only one of them`);
      continue;
    }
    try {
      // Editors add the last line break; it is not part of the secret.
      variables[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      if ((statSync(path).mode & 0o004) !== 0)
        faults.push(`${name}: the file of ${name}_FILE is readable by everybody; chmod o-r it`);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      faults.push(`${name}: the file of ${name}_FILE cannot be read (${reason})`);
    }
  }
  return { variables, faults };
}
