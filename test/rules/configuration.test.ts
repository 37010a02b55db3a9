import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  DECIDED_BY_COMPOSE,
  MADE_BY_COMPOSE,
  variables,
} from '../../scripts/configuration-docs.js';
import { readConfig } from '../../src/platform/config/config.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const inOrder = (one = '', other = '') => one.localeCompare(other);

/** Returns the environment of the server in a compose file. */
function environmentIn(file: string): Record<string, string> {
  const [, server = ''] = read(file).split(/^ {2}server:$/m);
  const lines = server.matchAll(/^ {6}([A-Z_]+): (.+)$/gm);
  return Object.fromEntries(
    Array.from(lines, ([, name = '', value = '']) => [name, value.replace(/^'(.*)'$/, '$1')]),
  );
}

describe('the variables of the configuration', () => {
  it('every variable has a description of one line, without a full stop', () => {
    const wrong = variables.filter(
      ({ description }) => !/^[a-zA-Z][^\n]*[^.\s]$/.test(description),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('docker-compose.yml passes every variable to the server in each of its forms, and nothing else', () => {
    const forms = variables.flatMap(({ name, mayBeFile }) => {
      if (MADE_BY_COMPOSE.includes(name)) return [`${name}_FILE`];
      return mayBeFile ? [name, `${name}_FILE`] : [name];
    });
    const passed = Object.keys(environmentIn('docker-compose.yml'));
    expect(passed.toSorted(inOrder)).toEqual(forms.toSorted(inOrder));
  });

  it('every variable comes from .env, except those that compose creates or decides', () => {
    const own = Object.entries(environmentIn('docker-compose.yml'))
      .filter(([name, value]) => value !== `\${${name}:-}`)
      .map(([name]) => name);
    expect(own.toSorted(inOrder)).toEqual(
      [...MADE_BY_COMPOSE.map((name) => `${name}_FILE`), ...DECIDED_BY_COMPOSE].toSorted(inOrder),
    );
  });

  it('variables that compose creates or decides are commented out in .env.example, with the reason', () => {
    const example = read('.env.example');
    for (const name of MADE_BY_COMPOSE)
      expect(example).toMatch(
        new RegExp(`^# Ignored by docker-compose.yml, [^\n]*\n# ${name}=$`, 'm'),
      );
    for (const name of DECIDED_BY_COMPOSE)
      expect(example).toMatch(new RegExp(`^# Set by docker compose[^\n]*\n# ${name}=`, 'm'));
    const open = Array.from(example.matchAll(/^([A-Z_]+)=/gm), ([, name]) => name);
    expect(open).toEqual(['CAS_URL', 'CAS_API_KEY', 'CAS_API_SECRET', 'ADMIN_EMAIL']);
  });
});

describe('the server of docker-compose.sandbox.yml', () => {
  const LOCAL_PAGES = ['http://localhost:*', 'http://127.0.0.1:*'];
  const MADE = { DATABASE_URL: 'postgres://made', SECRET_KEYS: 'f3b1c5a79d0e4826b8f7d1c2e5a40938' };

  /** Returns the configuration of the server with these lines in .env; secrets are passed by value. */
  function configWith(lines: Readonly<Record<string, string>>) {
    const files = ['docker-compose.yml', 'docker-compose.sandbox.yml'];
    const written = Object.assign({}, ...files.map(environmentIn)) as Record<string, string>;
    const read = Object.entries(written).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{([A-Z_]+):-([^}]*)\}/g, (_, each: string, other: string) =>
        lines[each] === undefined || lines[each] === '' ? other : lines[each],
      ),
    ]);
    const made = MADE_BY_COMPOSE.map((name) => [`${name}_FILE`, '']);
    return readConfig({ ...Object.fromEntries([...read, ...made]), ...MADE });
  }

  it('the sandbox server starts without an .env file', () => {
    const config = configWith({});
    expect(config).toMatchObject({ REGISTRATION: 'open', ADMIN_EMAIL: 'admin@example.org' });
    expect(config.CORS_ORIGINS).toEqual(LOCAL_PAGES);
  });

  it('the sandbox server reads the lines of an .env file', () => {
    const lines = {
      REGISTRATION: 'approval',
      ADMIN_EMAIL: 'ada@example.org',
      CORS_ORIGINS: 'https://a.example.org,https://b.example.org',
      ACCESS_TOKEN_TTL: '20',
    };
    const { CORS_ORIGINS, ...others } = configWith(lines);
    expect(CORS_ORIGINS).toEqual([...lines.CORS_ORIGINS.split(','), ...LOCAL_PAGES]);
    expect(others).toMatchObject({
      REGISTRATION: 'approval',
      ADMIN_EMAIL: 'ada@example.org',
      ACCESS_TOKEN_TTL: 20,
    });
  });

  it('the message about a faulty origin counts the origins of .env from 1', () => {
    expect(() => configWith({ CORS_ORIGINS: 'https://a.example.org/' })).toThrow(
      /entry 1 has a slash/,
    );
  });

  it('the sandbox server uses the key and the secret of the sandbox CAS, whatever .env says', () => {
    const files = { CAS_API_KEY_FILE: '/secret', CAS_API_SECRET_FILE: '/secret' };
    for (const lines of [{ CAS_URL: 'https://cas.example.org', CAS_API_KEY: 'other' }, files])
      expect(configWith(lines)).toMatchObject({
        CAS_URL: 'http://sandbox-cas:3001',
        CAS_API_KEY: 'sandbox',
        CAS_API_SECRET: 'sandbox',
      });
  });
});
