import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testEnvironment } from '../../../test/support/config.js';
import { type Config, ConfigurationError, readConfig } from './config.js';

const KEY = 'f3b1c5a79d0e4826b8f7d1c2e5a4093867bd1f2e';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Overrides = Record<string, string | undefined>;

const read = (overrides: Overrides = {}): Config =>
  readConfig({ ...testEnvironment, ...overrides });

function faultsOf(overrides: Overrides): readonly string[] {
  try {
    read(overrides);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

function secretFile(content: string, mode = 0o600): string {
  const path = join(folder, `secret-${Math.random()}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('the configuration', () => {
  it('every variable except the database, CAS and the keys has a default', () => {
    expect(
      faultsOf(Object.fromEntries(Object.keys(testEnvironment).map((key) => [key, '']))),
    ).toMatchObject([
      /^DATABASE_URL: is not set; example: DATABASE_URL=postgres:/,
      /^CAS_URL: is not set; example: CAS_URL=https:/,
      /^CAS_API_KEY: is not set; example: /,
      /^CAS_API_SECRET: is not set; example: /,
      /^SECRET_KEYS: is not set; example: .*openssl rand/,
    ]);
  });

  it('an empty variable counts as not set', () => {
    expect(read({ TOKEN_MARGIN: '', PUBLIC_URL: '' })).toMatchObject({ TOKEN_MARGIN: 30 });
  });

  it('variables are parsed as numbers, booleans and lists', () => {
    const config = read({
      TOKEN_MARGIN: '0',
      DATABASE_POOLED: 'on',
      TRUST_PROXY: '10.0.0.0/8, ::1',
    });
    const wanted = { TOKEN_MARGIN: 0, DATABASE_POOLED: true, TRUST_PROXY: ['10.0.0.0/8', '::1'] };
    expect(config).toMatchObject(wanted);
  });

  it.each([
    'proxy.internal',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::1/129',
    '10.0.0.1/8/8',
    '10.0.0',
    '0.0.0.0/0',
    '::/0',
  ])('TRUST_PROXY is refused if it is not a network, or is every network: %s', (TRUST_PROXY) => {
    const right = '10.0.0.1, 10.0.0.0/8, ::1, fc00::/7, loopback';
    expect(read({ TRUST_PROXY: right }).TRUST_PROXY).toHaveLength(5);
    expect(() => read({ TRUST_PROXY: `10.0.0.1, ${TRUST_PROXY}` })).toThrow(
      'TRUST_PROXY: must be addresses or CIDRs',
    );
  });

  const WRONG = {
    DATABASE_URL: 'mysql://somebody:hunter2-db@db',
    CAS_URL: 'http://cas.example.org',
    CAS_ALLOW_HTTP: 'off',
    CAS_API_KEY: 'hunter2 key',
    CAS_API_SECRET: undefined,
    SECRET_KEYS: 'hunter2-keys',
    ADMIN_EMAIL: 'hunter2-at-home',
    ADMIN_PASSWORD: 'hunter2',
    TOKEN_MARGIN: '-1',
    PORT: 'hunter2-port',
    REGISTRATION: 'hunter2-maybe',
    PRESENCE_TTL: '0',
  };
  const NAMES = Object.keys(WRONG).filter((name) => name !== 'CAS_ALLOW_HTTP');

  it('a refused configuration reports all faults in one list', () => {
    const faults = faultsOf(WRONG);
    const named = faults.map((fault) => fault.split(':', 1)[0]);
    expect(new Set(named)).toEqual(new Set(NAMES));
  });

  it('the list of faults never contains a value', () => {
    expect(faultsOf(WRONG).join('\n')).not.toMatch(/hunter2|mysql|http:..cas\.example\.org|-1/);
  });

  it('the list has both a fault of a variable and a fault of two variables together', () => {
    const faults = faultsOf({ CAS_ALLOW_HTTP: 'off', CAS_URL: 'http://cas', PORT: 'eighty' });
    expect(faults.join('\n')).toMatch(/CAS_URL: must start with https/);
    expect(faults.join('\n')).toMatch(/PORT: /);
  });
});

describe('CAS_URL', () => {
  it('CAS_URL must be https, unless the operator allows http', () => {
    const url = { CAS_URL: 'http://cas.example.org' };
    expect(faultsOf({ ...url, CAS_ALLOW_HTTP: 'off' })).toHaveLength(1);
    expect(faultsOf({ ...url, CAS_ALLOW_HTTP: undefined })).toHaveLength(1);
    expect(read({ ...url, CAS_ALLOW_HTTP: 'on' }).CAS_URL).toBe(url.CAS_URL);
    expect(faultsOf({ CAS_URL: 'https://cas.example.org', CAS_ALLOW_HTTP: 'off' })).toEqual([]);
  });

  it.each([
    'ftp://cas',
    'cas.example.org',
    'HTTP://cas?x=1',
    'https://cas/?a=b',
    'https://cas/#a',
    '//cas',
  ])('CAS_URL must not be %s', (url) => {
    expect(faultsOf({ CAS_URL: url })).toMatchObject([/^CAS_URL: /]);
  });

  it('CAS_URL with HTTP in capital letters counts as http', () => {
    expect(faultsOf({ CAS_URL: 'HTTP://cas.example.org', CAS_ALLOW_HTTP: 'off' })).toHaveLength(1);
  });
});

describe('PASSWORD_MIN_LENGTH', () => {
  it('PASSWORD_MIN_LENGTH must be at least 8', () => {
    expect(faultsOf({ PASSWORD_MIN_LENGTH: '7' })).toMatchObject([/^PASSWORD_MIN_LENGTH: /]);
    expect(read({ PASSWORD_MIN_LENGTH: '8' }).PASSWORD_MIN_LENGTH).toBe(8);
  });
});

describe('SECRET_KEYS', () => {
  it('SECRET_KEYS takes one key of 32 bytes, or several', () => {
    expect(read({ SECRET_KEYS: `${KEY}, ${KEY}2` }).SECRET_KEYS).toEqual([KEY, `${KEY}2`]);
  });

  it.each([
    ['short', KEY.slice(0, 31), /key 1 has 31 bytes/],
    ['repeated', 'a'.repeat(40), /key 1 repeats/],
    ['repeated in fours', 'abcd'.repeat(10), /key 1 repeats/],
    ['a placeholder', `please-change-me-${KEY}`, /key 1 looks like a placeholder/],
    ['a placeholder', `CHANGEME${KEY}`, /key 1 looks like a placeholder/],
    ['empty', `${KEY},`, /key 2 has 0 bytes/],
    ['named twice', `${KEY},${KEY}`, /the same key twice/],
  ])('SECRET_KEYS refuses a key that is %s', (_, keys, fault) => {
    const faults = faultsOf({ SECRET_KEYS: keys }).join('\n');
    expect(faults).toMatch(fault);
    expect(faults).not.toContain(KEY);
  });

  it('the list of faults has the faults of every key', () => {
    expect(faultsOf({ SECRET_KEYS: `short,${'b'.repeat(32)}` })).toHaveLength(2);
  });
});

describe('a secret in a file', () => {
  it.each([
    'DATABASE_URL',
    'CAS_API_KEY',
    'CAS_API_SECRET',
    'SECRET_KEYS',
    'ADMIN_PASSWORD',
  ] as const)('%s can be read from a file', (name) => {
    const value = testEnvironment[name];
    const config = read({ [name]: undefined, [`${name}_FILE`]: secretFile(`${value}\n`) });
    expect([config[name]].flat()).toEqual([value]);
  });

  it('a secret set both in a variable and in a file is refused', () => {
    expect(faultsOf({ SECRET_KEYS_FILE: secretFile(KEY) })).toMatchObject([
      /^SECRET_KEYS: is set together with SECRET_KEYS_FILE; set only one of them/,
    ]);
  });

  it('a secret file that everybody can read is refused', () => {
    const path = secretFile(KEY, 0o644);
    const faults = faultsOf({ SECRET_KEYS: undefined, SECRET_KEYS_FILE: path });
    expect(faults).toMatchObject([/^SECRET_KEYS: .*chmod o-r/]);
    expect(faultsOf({ SECRET_KEYS: undefined, SECRET_KEYS_FILE: secretFile(KEY, 0o640) })).toEqual(
      [],
    );
  });

  it('a missing secret file is listed once', () => {
    const gone = { SECRET_KEYS: undefined, SECRET_KEYS_FILE: join(folder, 'nothing') };
    expect(faultsOf(gone)).toMatchObject([
      /^SECRET_KEYS: the file of SECRET_KEYS_FILE cannot be read \(ENOENT\)/,
    ]);
  });

  it('a secret from a file loses its final line break and nothing else', () => {
    const path = secretFile('  a password of many words\r\n');
    const config = read({ ADMIN_PASSWORD: undefined, ADMIN_PASSWORD_FILE: path });
    expect(config.ADMIN_PASSWORD).toBe('  a password of many words');
  });
});

describe('the first admin', () => {
  it('the first admin needs an address, and a password of the minimum length', () => {
    expect(faultsOf({ ADMIN_EMAIL: undefined })).toMatchObject([/^ADMIN_EMAIL: /]);
    expect(faultsOf({ ADMIN_PASSWORD: '1234567890a' })).toMatchObject([/^ADMIN_PASSWORD: .*12/]);
    expect(faultsOf({ ADMIN_EMAIL: undefined, ADMIN_PASSWORD: undefined })).toEqual([]);
  });
});
