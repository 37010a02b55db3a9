import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { type Neighbour, startNeighbour } from '../../support/neighbour.js';
import { sendRaw } from '../../support/raw-http.js';

type Line = Readonly<Record<string, unknown>>;

const text: string[] = [];
const memory = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    text.push(chunk.toString());
    done();
  },
});

let base: TestApp;
let server: Neighbour;
let somebody: Client;

beforeAll(async () => {
  base = await startApp();
  const log = pino({ base: null }, memory);
  server = await startNeighbour(base, { TRUST_PROXY: '127.0.0.1' }, log);
  somebody = new Client(server.admin.url, (await base.signUp()).signedIn);
});
afterAll(async () => {
  await server.stop();
  await base.stop();
});
beforeEach(() => text.splice(0));

const from = (address: string) => ({ 'x-forwarded-for': address });

/** Returns the one log line of a request. */
async function lineOf(outcome: string): Promise<Line> {
  const lines = () =>
    text
      .join('')
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line['outcome'] === outcome);
  await expect.poll(() => lines().length).toBe(1);
  return lines()[0] as Line;
}

describe('the log of refused requests', () => {
  it('the log shows the address that guesses passwords, but not the account', async () => {
    const guess = { email: 'admin@example.org', password: 'not the password' };
    await new Client(server.admin.url).post('/v1/auth/login', guess, from('203.0.113.7'));
    const line = await lineOf('invalid_credentials');
    expect(line).toMatchObject({ address: '203.0.113.7', status: 401, route: '/v1/auth/login' });
    expect(text.join('')).not.toMatch(/example|password"/);
  });

  it('the log shows the user and the address of a forbidden request', async () => {
    await somebody.get('/v1/users', from('2001:db8::7'));
    const userId = somebody.signedIn?.user.id;
    expect(await lineOf('forbidden')).toMatchObject({ address: '2001:db8::7', userId });
  });

  it('the log shows the address that sends tokens of other issuers', async () => {
    const headers = { authorization: 'Bearer nonsense', ...from('203.0.113.8') };
    await new Client(server.admin.url).get('/v1/me', headers);
    expect(await lineOf('unauthenticated')).toMatchObject({ address: '203.0.113.8' });
  });
});

describe('the log of other requests', () => {
  it('the log of a successful request contains no address', async () => {
    await somebody.get('/v1/me', from('203.0.113.9'));
    expect(await lineOf('ok')).not.toHaveProperty('address');
    await somebody.get('/v1/nothing', from('203.0.113.9'));
    expect(await lineOf('not_found')).not.toHaveProperty('address');
  });
});

describe('the lines of the log', () => {
  it('a request leaves one line of the log, whatever text it contains', async () => {
    const forged = '\\n{"level":"info","msg":"request","outcome":"forged"}\u0085\u2028';
    await new Client(server.admin.url).post('/v1/auth/login', { email: forged, password: forged });
    await somebody.get(`/v1/rooms/${encodeURIComponent('a\r\n{"outcome":"forged"}')}`);
    await sendRaw(
      server.admin.url,
      'GET /v1/me?a=%0d%0a{"outcome":"forged"} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n' +
        'user-agent: \x9b31m{"outcome":"forged"}\r\n\r\n',
    );
    await expect.poll(() => text.join('').split('"msg":"request"').length - 1).toBe(3);
    const lines = text.join('').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Line)['outcome'])).not.toContain('forged');
    expect(text.join('')).not.toMatch(/forged|\x9b|\u0085|\u2028/);
  });
});
