import { describe, expect, it } from 'vitest';
import { createIssuerKey } from '../../support/issuer.js';
import { sentDuring } from '../../support/sent-statements.js';
import type { List } from '../../support/shapes.js';
import { now, useTrustingServer } from '../../support/trusting-server.js';

interface Explanation {
  readonly accepted: boolean;
  readonly checks: readonly { check: string; verdict: string; detail: string | null }[];
  readonly subject: string | null;
  readonly displayName: string | null;
  readonly role: string | null;
}

const CHECKS = ['form', 'algorithm', 'issuer', 'key', 'signature', 'claims', 'audience', 'binding'];

const roles = { admin: { claim: '/groups', values: ['boss'] } };
const trusted = useTrustingServer({ roles });

const TEXT = 'a-text-that-no-log-may-contain';

async function explain(token: string): Promise<Explanation> {
  const { status, body } = await trusted.server.admin.post<Explanation>('/v1/issuers/explain', {
    token,
  });
  expect(status).toBe(200);
  return body;
}

async function failedCheckOf(token: string): Promise<string | undefined> {
  const { accepted, checks } = await explain(token);
  const failed = checks.filter(({ verdict }) => verdict === 'failed');
  expect(accepted).toBe(failed.length === 0);
  expect(failed.length).toBeLessThan(2);
  const at = checks.findIndex(({ verdict }) => verdict === 'failed');
  checks.forEach(({ verdict, detail }, index) => {
    if (at === -1 || index < at) expect([verdict, detail]).toEqual(['passed', null]);
    else if (index === at) expect(detail).toMatch(/\.$/);
    else expect([verdict, detail]).toEqual(['skipped', null]);
  });
  return failed[0]?.check;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const forged = (header: object, claims: object = { iss: trusted.issuer.url }) =>
  `${encode(header)}.${encode(claims)}.${'a'.repeat(86)}`;

describe('GET /v1/issuers', () => {
  it('administrators see each issuer, and when its keys were loaded', async () => {
    await trusted.visit();
    const { body } = await trusted.server.admin.get<List<{ keysLoadedAt: string }>>('/v1/issuers');
    expect(body).toEqual({
      items: [
        {
          name: 'test',
          issuer: trusted.issuer.url,
          works: true,
          detail: null,
          keysLoadedAt: expect.stringMatching(/Z$/),
        },
      ],
    });
    const age = Date.now() - Date.parse(body.items[0]?.keysLoadedAt ?? '');
    expect(age).toBeGreaterThanOrEqual(-1_000);
    expect(age).toBeLessThan(120_000);
  });

  it('other people see no issuers, and explain no tokens', async () => {
    const { client } = await trusted.visit();
    const own = await trusted.server.signUp();
    for (const each of [client, own]) {
      expect(await each.get('/v1/issuers')).toBeProblem(403, 'forbidden');
      expect(await each.post('/v1/issuers/explain', { token: 'a' })).toBeProblem(403, 'forbidden');
    }
    const { anyone } = trusted.server;
    expect(await anyone.get('/v1/issuers')).toBeProblem(401, 'unauthenticated');
    expect(await anyone.post('/v1/issuers/explain', { token: 'a' })).toBeProblem(
      401,
      'unauthenticated',
    );
  });

  it('an administrator by a claim of an issuer sees them too', async () => {
    const boss = await trusted.client({ sub: trusted.newSubject(), groups: ['boss'] });
    expect((await boss.get('/v1/issuers')).status).toBe(200);
  });
});

describe('POST /v1/issuers/explain', () => {
  it('an accepted token is explained with subject, name and role', async () => {
    const token = await trusted.issuer.sign({ sub: 'explained', name: 'Ex', groups: ['boss'] });
    const { checks, ...rest } = await explain(token);
    expect(rest).toEqual({
      accepted: true,
      subject: 'explained',
      displayName: 'Ex',
      role: 'admin',
    });
    expect(checks.map(({ check }) => check).slice(0, CHECKS.length)).toEqual(CHECKS);
    expect(new Set(checks.map(({ verdict }) => verdict))).toEqual(new Set(['passed']));
  });

  it.each<[string, string]>([
    ['an empty text', ''],
    ['a word', TEXT],
    ['JSON', '{"token": true}'],
    ['letters beyond ASCII', 'ä.漢.😀'],
    ['a long text', 'a'.repeat(12_000)],
    ['a text of nearly 16 KiB', 'a'.repeat(16_300)],
    ['a token with its scheme', 'Bearer a.b.c'],
  ])('%s is no token, and answered with 200', async (_, text) => {
    expect(await failedCheckOf(text)).toBe('form');
    expect(await explain(text)).toMatchObject({ subject: null, displayName: null, role: null });
  });

  it('each failing check is named', async () => {
    const sign = (claims: Record<string, unknown>) => trusted.issuer.sign({ sub: 'b', ...claims });
    expect(await failedCheckOf(forged({ alg: 'ES256', kid: 'first', crit: ['a'] }))).toBe('form');
    expect(await failedCheckOf(forged({ alg: 'HS256', kid: 'first' }))).toBe('algorithm');
    expect(await failedCheckOf(forged({ alg: 'none' }, { iss: 'https://other' }))).toBe(
      'algorithm',
    );
    expect(await failedCheckOf(forged({ alg: 'ES256' }, { iss: 'https://other' }))).toBe('issuer');
    expect(await failedCheckOf(forged({ alg: 'ES256', kid: 'first' }))).toBe('signature');
    const stranger = await createIssuerKey('stranger');
    expect(await failedCheckOf(await trusted.issuer.sign({}, {}, stranger))).toBe('key');
    expect(await failedCheckOf(await sign({ sub: '' }))).toBe('claims');
    expect(await failedCheckOf(await sign({ aud: 'other' }))).toBe('audience');
    expect(await failedCheckOf(await sign({ cnf: {} }))).toBe('binding');
    expect(await failedCheckOf(await sign({ exp: now() - 60 }))).toBe('times');
    expect(await failedCheckOf(await sign({ iat: now() + 60 }))).toBe('times');
  });

  it('the state of the session and of the account is explained', async () => {
    const { client, user } = await trusted.visit({ sid: 'first' });
    const token = client.token ?? '';
    expect(await failedCheckOf(token)).toBeUndefined();
    await client.post('/v1/auth/logout', {});
    expect(await failedCheckOf(token)).toBe('session');
    const path = `/v1/users/${user.id}`;
    await trusted.server.admin.patch(path, { status: 'disabled' });
    const later = { sub: user.externalId, sid: 'second' };
    expect(await failedCheckOf(await trusted.issuer.sign(later))).toBe('account');
  });

  it('our own access token is a token of an unknown issuer', async () => {
    expect(await failedCheckOf(trusted.server.admin.token ?? '')).toBe('issuer');
  });

  it('nothing is stored', async () => {
    const token = await trusted.issuer.sign({ sub: TEXT });
    const sent = await sentDuring(() => explain(token));
    const writes = sent.filter(({ text }) => /\b(insert|update|delete)\b/i.test(text));
    expect(writes.filter(({ values }) => JSON.stringify(values).includes(TEXT))).toEqual([]);
    const count = 'select count(*) from users where external_id = $1';
    expect(await trusted.count(count, [TEXT])).toBe(0);
    expect(
      await trusted.count(`select count(*) from audit_entries where details::text like $1`, [
        `%${TEXT}%`,
      ]),
    ).toBe(0);
  });

  it.each([{}, { token: 5 }, { token: null }, { token: 'a', other: 'b' }])(
    'the body %j is refused',
    async (body) => {
      const answer = await trusted.server.admin.post('/v1/issuers/explain', body);
      expect(answer).toBeProblem(400, 'invalid_request');
    },
  );
});
