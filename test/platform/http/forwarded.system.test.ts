import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { sendRaw } from '../../support/raw-http.js';

let server: TestApp;

afterEach(() => server.stop());

const right = 'an admin for the tests';

/** Signs in; returns the address that is recorded with the session. */
async function recordedAs(headers: Record<string, string>): Promise<string | undefined> {
  const body = { email: 'admin@example.org', password: right };
  expect((await server.anyone.post('/v1/auth/login', body, headers)).status).toBe(200);
  const [session] = await server.database.query<{ address: string; audited: string }>(
    `select s.address, a.address as audited from sessions s, audit_entries a
      where a.action = 'session.opened' order by s.id desc, a.id desc limit 1`,
  );
  expect(session?.audited).toBe(session?.address);
  return session?.address;
}

describe('forwarding headers', () => {
  it('forwarding headers are ignored if the peer is not a trusted proxy', async () => {
    for (const TRUST_PROXY of ['', '192.0.2.0/24, 10.0.0.1']) {
      server = await startApp({ TRUST_PROXY });
      for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-client-ip', 'via'])
        expect(await recordedAs({ [name]: '203.0.113.7' })).toBe('127.0.0.1');
      if (TRUST_PROXY === '') await server.stop();
    }
  });

  it('forwarding headers of a client do not evade a limit', async () => {
    server = await startApp();
    const register = (from: string) =>
      server.anyone.post(
        '/v1/auth/register',
        { email: `${from}@example.org`, password: 'a password for tests', displayName: 'New' },
        { 'x-forwarded-for': from },
      );
    for (let each = 1; each <= 5; each += 1)
      expect((await register(`203.0.113.${each}`)).status).toBe(201);
    const rows = await server.database.query(
      `select key from rate_limits where key like 'registration-network|%'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('forwarding headers are read from the right, as far as the proxies are trusted', async () => {
    server = await startApp({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, 2001:db8::/32' });
    const chains = {
      '203.0.113.7': '203.0.113.7',
      '1.2.3.4, 203.0.113.7': '203.0.113.7',
      '1.2.3.4, 203.0.113.7, 10.1.2.3': '203.0.113.7',
      'spoofed, 203.0.113.7, 2001:db8::1, 10.1.2.3': '203.0.113.7',
      '10.9.9.9, 10.1.2.3': '10.9.9.9',
      '2a00::7, 10.1.2.3': '2a00::7',
      // Some gateways add the port.
      '203.0.113.7:54321': '203.0.113.7',
      '[2a00::7]:443': '2a00::7',
      '[2a00::7]': '2a00::7',
      '1.2.3.4:80, 203.0.113.7:54321, [2001:db8::1]:443, 10.1.2.3:8080': '203.0.113.7',
      '1.2.3.4:80,[2a00::7]:443,10.1.2.3:8080': '2a00::7',
      '1.2.3.4, 2A00:0:0:0:0:0:0:7, ::ffff:10.1.2.3': '2a00::7',
      '::ffff:203.0.113.7, 10.1.2.3': '203.0.113.7',
      '[::ffff:cb00:7107]:80': '203.0.113.7',
      'fe80::7%eth0, 10.1.2.3': 'fe80::7',
      // Empty entries are skipped.
      '1.2.3.4, 203.0.113.7, , 10.1.2.3,': '203.0.113.7',
      '203.0.113.7 , ,': '203.0.113.7',
    };
    for (const [chain, address] of Object.entries(chains))
      expect([chain, await recordedAs({ 'x-forwarded-for': chain })]).toEqual([chain, address]);
  });

  it('a forwarding header without a valid address is recorded as the address of the proxy that sent it', async () => {
    server = await startApp({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' });
    const garbage = [
      'nonsense',
      'unknown',
      ',,',
      "'; drop table users",
      'x'.repeat(5_000),
      '1.2.3',
      '_hidden',
      '203.0.113.7:',
      '[203.0.113.7]:80',
      '[2a00::7',
      '203.0.113.7:99999999',
    ];
    for (const text of garbage)
      expect([text, await recordedAs({ 'x-forwarded-for': text })]).toEqual([text, '127.0.0.1']);
    for (const hidden of ['nonsense', 'unknown', '203.0.113.7, _hidden', '203.0.113.7, unknown'])
      expect(await recordedAs({ 'x-forwarded-for': `${hidden}, 10.1.2.3:80` })).toBe('10.1.2.3');
  });

  it('forwarding headers may come in several lines, and the last line is of the nearest proxy', async () => {
    server = await startApp({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' });
    const body = `{"email":"admin@example.org","password":"${right}"}`;
    const lines = ['1.2.3.4', '203.0.113.7:54321', '10.1.2.3:8080'];
    const head = [
      'POST /v1/auth/login HTTP/1.1',
      'host: x',
      'connection: close',
      'content-type: application/json',
      `content-length: ${body.length}`,
      ...lines.map((line) => `x-forwarded-for: ${line}`),
    ];
    const [answer] = await sendRaw(server.url, [...head, '', body].join('\r\n'));
    expect(answer?.status).toBe(200);
    const [session] = await server.database.query<{ address: string }>(
      'select address from sessions order by id desc limit 1',
    );
    expect(session?.address).toBe('203.0.113.7');
  });

  it('addresses with and without a port count as the same address, so a port does not evade a limit', async () => {
    server = await startApp({ TRUST_PROXY: '127.0.0.1' });
    const networks = () =>
      server.database.query(`select key from rate_limits where key like 'registration-network|%'`);
    const { length: before } = await networks();
    const from = ['203.0.113.7:1', '203.0.113.7:2', '203.0.113.7', '::ffff:203.0.113.7'];
    for (const [index, entry] of from.entries())
      await server.anyone.post(
        '/v1/auth/register',
        {
          email: `guess-${index}@example.org`,
          password: 'a password for tests',
          displayName: 'New',
        },
        { 'x-forwarded-for': entry },
      );
    expect(await networks()).toHaveLength(before + 1);
  });
});
