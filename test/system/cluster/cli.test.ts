import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import type { SignedIn } from '../../support/shapes.js';
import { signingKeysOf } from '../../support/signing-key-rows.js';

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  cluster = await startCluster(1);
  folder = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
});
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `node dist/cli.js` with only the environment that it needs. */
function cli(words: string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    execFile(process.execPath, ['dist/cli.js', ...words], { env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

const rotate = (words: string[] = [], changes: Record<string, string> = {}) => {
  const { DATABASE_URL = '', SECRET_KEYS = '' } = cluster.environment;
  return cli(['rotate-signing-key', ...words], { DATABASE_URL, SECRET_KEYS, ...changes });
};

describe('the command line', () => {
  it.each<[string, string[]]>([
    ['no command', []],
    ['an unknown command', ['rotate-everything']],
    ['an unknown option', ['rotate-signing-key', '--soon']],
    ['an argument too many', ['rotate-signing-key', 'now']],
    ['an argument too few', ['make-secrets']],
  ])('the command line ends with 1 and its help for %s', async (_, words) => {
    const { code, out, err } = await cli(words);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('Usage: latchkey');
  });

  it('the command line lists its commands on demand', async () => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const name of ['health', 'make-secrets', 'rotate-signing-key'])
      expect(out).toContain(name);
  });
});

describe('the command health', () => {
  it('health distinguishes a ready server from no server', async () => {
    const { port } = new URL(cluster.replicas[0]?.url ?? '');
    const one = await cli(['health', '--port', port]);
    expect(one).toEqual({ code: 0, out: 'The server is ready.\n', err: '' });
    const none = await cli(['health', '--port', '1']);
    expect(none).toEqual({ code: 1, out: 'No server is ready on port 1.\n', err: '' });
  });

  it('health asks at the address that HOST and PORT name', async () => {
    const { port: PORT } = new URL(cluster.replicas[0]?.url ?? '');
    for (const HOST of ['127.0.0.1', '0.0.0.0', '::', 'localhost', ''])
      expect([HOST, await cli(['health'], { HOST, PORT })]).toMatchObject([HOST, { code: 0 }]);
    expect(await cli(['health'], { HOST: '127.0.0.9', PORT: '1' })).toMatchObject({ code: 1 });
    expect(await cli(['health', '--port', PORT], { PORT: '1' })).toMatchObject({ code: 0 });
    const wrong = await cli(['health'], { PORT: 'many' });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('PORT');
  });
});

describe('the command make-secrets', () => {
  it('make-secrets creates the secrets once', async () => {
    const first = await cli(['make-secrets', join(folder, 'secrets')]);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      /^Created postgres_password, .*admin_password\.\n.*shown this once: /,
    );
    const again = await cli(['make-secrets', join(folder, 'secrets')]);
    expect(again).toEqual({ code: 0, out: 'All secrets exist already.\n', err: '' });
  });

  it('make-secrets says in one line why it failed', async () => {
    const { code, err } = await cli(['make-secrets', '/dev/null/secrets']);
    expect(code).toBe(1);
    expect(err).toMatch(/^E[A-Z]+: .*\/dev\/null\/secrets'\n$/);
  });
});

describe('the command rotate-signing-key', () => {
  it('rotate-signing-key publishes the next key once, and says when it will sign', async () => {
    const { code, out } = await rotate();
    expect(code).toBe(0);
    const [, signsFrom = ''] =
      /^The next key is published, and signs from (\S+)\.\n$/.exec(out) ?? [];
    const [, next] = await signingKeysOf(cluster.database);
    expect((Date.parse(signsFrom) - Date.now()) / 1000).toBeCloseTo(next?.usedIn ?? 0, -1);
    const again = await rotate();
    const sentence = `A rotation is in progress: its key signs from ${signsFrom}.\n`;
    expect(again).toEqual({ code: 1, out: sentence, err: '' });
  });

  it('rotate-signing-key --now ends every access token, and clients refresh', async () => {
    const { admin } = cluster;
    const { code, out } = await rotate(['--now']);
    expect([code, out.split('\n').length]).toEqual([0, 2]);
    expect(await signingKeysOf(cluster.database)).toHaveLength(1);
    await expect.poll(async () => (await admin.get('/v1/me')).status, { timeout: 5_000 }).toBe(401);
    const anyone = new Client(admin.url);
    const refreshToken = admin.signedIn?.refreshToken;
    const { body } = await anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    expect((await anyone.as(body).get('/v1/me')).status).toBe(200);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'SECRET_KEYS of another server',
      { SECRET_KEYS: 'another4e1c0a9b8d7f6e5d4c3b2a1908f7e6d5' },
      /SECRET_KEYS: lacks keys/,
    ],
    ['no SECRET_KEYS', { SECRET_KEYS: '' }, /SECRET_KEYS: is not set/],
    [
      'a database that cannot be reached',
      { DATABASE_URL: 'postgres://latchkey:password@127.0.0.1:1/latchkey' },
      /^The database cannot be used: ECONNREFUSED: nothing listens at the address in DATABASE_URL\.\n$/,
    ],
  ])('rotate-signing-key changes nothing with %s, and says why', async (_, changes, why) => {
    const before = await signingKeysOf(cluster.database);
    const { code, out, err } = await rotate(['--now'], changes);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(why);
    expect(err).not.toMatch(/password|another4e1c|\n\s+at /);
    const ids = (await signingKeysOf(cluster.database)).map(({ id }) => id);
    expect(ids).toEqual(before.map(({ id }) => id));
  });
});
