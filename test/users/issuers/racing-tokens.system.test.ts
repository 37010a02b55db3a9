import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../support/client.js';
import { now, onDevice, useTrustingServer } from '../../support/trusting-server.js';

const trusted = useTrustingServer(
  { roles: { admin: { claim: '/groups', values: ['admins'] } } },
  { RATE_LIMITS: 'off' },
);

const wasAdmin = (sub: string, sid: string) =>
  trusted.visit({ sub, sid, groups: ['admins'], iat: now() - 1_000 });

/** Sends requests of administrators, some while others are answered. */
async function statusesOf(client: Client, count: number): Promise<Set<number>> {
  const answers: Promise<{ readonly status: number }>[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    answers.push(client.get('/v1/users?limit=1'));
    if (sent % 4 === 0) await sleep(1);
  }
  return new Set((await Promise.all(answers)).map(({ status }) => status));
}

describe('a token that claims less than the token before', () => {
  it.each(['another', 'the same'])(
    'no request with it acts in the earlier role, if it is of %s sign-in',
    async (which) => {
      for (let round = 0; round < 3; round += 1) {
        const sub = trusted.newSubject();
        await wasAdmin(sub, 'first');
        const sid = which === 'another' ? 'second' : 'first';
        const client = await trusted.client({ sub, sid, groups: [], iat: now() });
        expect(await statusesOf(client, 60)).toEqual(new Set([403]));
      }
    },
  );

  it('a failure to write the role leaves the request without the earlier role', async () => {
    const sub = trusted.newSubject();
    const { user } = await wasAdmin(sub, 'first');
    const client = await trusted.client({ sub, sid: 'first', groups: [], iat: now() - 50 });
    const locker = new pg.Client(trusted.server.database.url);
    await locker.connect();
    await locker.query('begin');
    await locker.query('select from users where id = $1 for no key update', [user.id]);
    expect((await client.get('/v1/users')).status).toBe(503);
    await locker.query('rollback');
    await locker.end();
    expect(await client.get('/v1/users')).toBeProblem(403, 'forbidden');
  });

  it('a newer token of another device wins over an older token at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const sub = trusted.newSubject();
      await trusted.visit({ sub, sid: 'first', iat: now() - 1_000 });
      const older = await trusted.issuer.sign({
        sub,
        sid: 'a',
        groups: ['admins'],
        iat: now() - 60,
      });
      const newest = await trusted.client({ sub, sid: 'first', groups: [], iat: now() });
      const [, own] = await Promise.all([
        trusted.verdictOn(older, onDevice('old')),
        newest.get('/v1/users'),
      ]);
      expect(own.status).toBe(403);
      expect((await newest.get('/v1/users')).status).toBe(403);
    }
  });
});

describe('the end of all sessions', () => {
  it('many new tokens at the same time do not hinder it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const sub = trusted.newSubject();
      const { user } = await trusted.visit({ sub, sid: 'first', iat: now() - 900 });
      const tokens = await Promise.all(
        Array.from({ length: 40 }, (_, number) =>
          trusted.issuer.sign({ sub, sid: 'first', iat: now() - 800 + number }),
        ),
      );
      const requests = tokens.map((token) => trusted.verdictOn(token));
      await sleep(5);
      const ended = await trusted.server.admin.delete(`/v1/users/${user.id}/sessions`);
      expect(ended.status).toBe(204);
      for (const verdict of await Promise.all(requests))
        expect(['accepted', 'session_ended']).toContain(verdict);
    }
  });

  it('a person keeps at most 200 sessions that ran out, so that all can be ended', async () => {
    const sub = trusted.newSubject();
    const { user } = await trusted.visit({ sub });
    await trusted.server.database.query(
      `insert into sessions (id, user_id, kind, device, address, sign_in_key, token_issued_at,
              idle_expires_at, expires_at, last_used_at)
       select gen_random_uuid(), $1, 'issuer', '', '', sha256(n::text::bytea), clock_timestamp(),
              clock_timestamp(), clock_timestamp(), clock_timestamp() - interval '1 day'
         from generate_series(1, 1000) n`,
      [user.id],
    );
    const fresh = await trusted.issuer.sign({ sub });
    expect(await trusted.verdictOn(fresh, onDevice('new'))).toBe('accepted');
    const sessions = 'select count(*) from sessions where user_id = $1';
    expect(await trusted.count(sessions, [user.id])).toBe(200);
    expect(await trusted.verdictOn(fresh, onDevice('new'))).toBe('accepted');
  });

  it.each([{}, { sid: 'a' }, { sid: 'a', auth_time: now() + 20 }, { auth_time: now() + 20 }])(
    'a token of an issuer whose clock is ahead stays refused after a sign-out: %j',
    async (claims) => {
      const { client } = await trusted.visit({ ...claims, iat: now() + 20, exp: now() + 320 });
      expect((await client.post('/v1/auth/logout')).status).toBe(204);
      const refused = await client.get('/v1/me');
      expect(refused).toBeProblem(401, 'unauthenticated');
      expect(refused.body).toMatchObject({ reason: 'session_ended' });
    },
  );
});
