import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.js';

let server: TestApp;

afterEach(() => server.stop());

const right = 'an admin for the tests';

/** The address that a sign-in is recorded with. */
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
  it('change nothing, where no proxy is trusted or another one', async () => {
    for (const TRUST_PROXY of ['', '192.0.2.0/24, 10.0.0.1']) {
      server = await startApp({ TRUST_PROXY });
      for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-client-ip', 'via'])
        expect(await recordedAs({ [name]: '203.0.113.7' })).toBe('127.0.0.1');
      if (TRUST_PROXY === '') await server.stop();
    }
  });

  it('are no way past a limit for who is not a proxy', async () => {
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

  it('are read from the right, as far as the proxies are trusted', async () => {
    server = await startApp({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, 2001:db8::/32' });
    const chains = {
      '203.0.113.7': '203.0.113.7',
      '1.2.3.4, 203.0.113.7': '203.0.113.7',
      '1.2.3.4, 203.0.113.7, 10.1.2.3': '203.0.113.7',
      'spoofed, 203.0.113.7, 2001:db8::1, 10.1.2.3': '203.0.113.7',
      '10.9.9.9, 10.1.2.3': '10.9.9.9',
      '2a00::7, 10.1.2.3': '2a00::7',
    };
    for (const [chain, address] of Object.entries(chains))
      expect([chain, await recordedAs({ 'x-forwarded-for': chain })]).toEqual([chain, address]);
  });

  it('that name no address stand for whoever sent them', async () => {
    server = await startApp({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' });
    const garbage = [
      'nonsense',
      'unknown',
      ',,',
      "'; drop table users",
      'x'.repeat(5_000),
      '1.2.3',
    ];
    for (const text of garbage)
      expect([text, await recordedAs({ 'x-forwarded-for': text })]).toEqual([text, '127.0.0.1']);
    expect(await recordedAs({ 'x-forwarded-for': 'nonsense, 10.1.2.3' })).toBe('10.1.2.3');
  });
});
