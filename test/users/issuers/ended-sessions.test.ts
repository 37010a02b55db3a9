import { describe, expect, it } from 'vitest';
import type { Client } from '../../support/client.js';
import type { List, User } from '../../support/shapes.js';
import { now, onDevice, useTrustingServer, type Visitor } from '../../support/trusting-server.js';

const trusted = useTrustingServer();

type Claims = Record<string, unknown>;

const verdictOn = (claims: Claims, device?: string) =>
  trusted.verdictOnClaims(claims, device === undefined ? {} : onDevice(device));

async function sessionIdOf(client: Client, device?: string): Promise<string> {
  const headers = device === undefined ? {} : onDevice(device);
  const { body } = await client.get<List<{ id: string; current: boolean }>>(
    '/v1/me/sessions',
    headers,
  );
  return body.items.find(({ current }) => current)?.id ?? '';
}

/** A later sign-in of the same person, as another session at the issuer. */
const elsewhere = (subject: string) => trusted.visit({ sub: subject, sid: 'elsewhere' });

/** Each way to end the session of a visitor. */
const ENDINGS: Readonly<Record<string, (visitor: Visitor) => Promise<number>>> = {
  'POST /v1/auth/logout': async ({ client }) => (await client.post('/v1/auth/logout', {})).status,
  'DELETE /v1/me/sessions/{id}': async ({ client }) =>
    (await client.delete(`/v1/me/sessions/${await sessionIdOf(client)}`)).status,
  'DELETE /v1/me/sessions/{id} of another sign-in': async ({ client, subject }) => {
    const id = await sessionIdOf(client);
    return (await (await elsewhere(subject)).client.delete(`/v1/me/sessions/${id}`)).status;
  },
  'DELETE /v1/me/sessions of another sign-in': async ({ subject }) =>
    (await (await elsewhere(subject)).client.delete('/v1/me/sessions')).status,
  'DELETE /v1/users/{id}/sessions': async ({ user }) =>
    (await trusted.server.admin.delete(`/v1/users/${user.id}/sessions`)).status,
  'a disabled and enabled account': async ({ user }) => {
    const change = async (status: string) =>
      (await trusted.server.admin.patch<User>(`/v1/users/${user.id}`, { status })).status;
    expect(await change('disabled')).toBe(200);
    return (await change('active')) === 200 ? 204 : 0;
  },
};
const ALL = Object.keys(ENDINGS);

async function end(way: string, visitor: Visitor): Promise<void> {
  expect(await ENDINGS[way]?.(visitor)).toBe(204);
}

describe('after the end of a session', () => {
  it.each(ALL)(
    '%s: old and newer tokens of the sign-in are refused, on every device',
    async (way) => {
      const sub = trusted.newSubject();
      const claims = { sub, sid: 'first' };
      const old = await trusted.issuer.sign(claims);
      const visitor = await trusted.visit(claims);
      expect(await trusted.verdictOn(old)).toBe('accepted');
      expect(await verdictOn(claims, 'phone')).toBe('accepted');
      await end(way, visitor);
      expect(await trusted.verdictOn(old)).toBe('session_ended');
      expect(await trusted.verdictOn(old, onDevice('phone'))).toBe('session_ended');
      expect(await trusted.verdictOn(old, onDevice('television'))).toBe('session_ended');
      expect(await verdictOn({ ...claims, iat: now() + 20 })).toBe('session_ended');
      expect(await verdictOn({ ...claims, iat: now() + 20 }, 'tablet')).toBe('session_ended');
    },
  );

  it.each(ALL)('%s: only a later auth_time opens the sign-in again', async (way) => {
    const sub = trusted.newSubject();
    const claims = { sub, sid: 'first', auth_time: now() - 60 };
    const visitor = await trusted.visit(claims);
    await end(way, visitor);
    const later = { ...claims, iat: now() + 20 };
    expect(await verdictOn(later)).toBe('session_ended');
    const again = { ...later, auth_time: now() + 10 };
    expect(await verdictOn(again)).toBe('accepted');
    expect(await verdictOn(again, 'phone')).toBe('accepted');
    expect(await verdictOn(later)).toBe('session_ended');
    expect(await verdictOn(later, 'phone')).toBe('session_ended');
    expect(await verdictOn({ ...again, auth_time: undefined })).toBe('session_ended');
  });

  it.each(ALL.filter((way) => !way.includes('another')))(
    '%s: without a session claim, only a later iat is accepted',
    async (way) => {
      const sub = trusted.newSubject();
      const visitor = await trusted.visit({ sub, iat: now() - 60 });
      await end(way, visitor);
      expect(await verdictOn({ sub, iat: now() - 60 })).toBe('session_ended');
      expect(await verdictOn({ sub, iat: now() - 1 }, 'phone')).toBe('session_ended');
      expect(await verdictOn({ sub, iat: now() + 5 })).toBe('accepted');
      expect(await verdictOn({ sub, iat: now() - 60 })).toBe('session_ended');
    },
  );

  it('another session claim of the person is not concerned by a logout', async () => {
    const { client, subject } = await trusted.visit({ sid: 'first' });
    const other = await elsewhere(subject);
    expect((await client.post('/v1/auth/logout', {})).status).toBe(204);
    expect((await other.client.get('/v1/me')).status).toBe(200);
    expect(await verdictOn({ sub: subject, sid: 'third' })).toBe('accepted');
  });

  it('the end applies to other people of the same session claim in no way', async () => {
    const ann = await trusted.visit({ sid: 'shared' });
    const ben = await trusted.visit({ sid: 'shared' });
    expect((await ann.client.post('/v1/auth/logout', {})).status).toBe(204);
    expect((await ben.client.get('/v1/me')).status).toBe(200);
  });

  it('the seats of all devices of the sign-in end', async () => {
    const sub = trusted.newSubject();
    const { client, user } = await trusted.visit({ sub, sid: 'first' });
    const room = await trusted.server.createRoom();
    const join = `/v1/rooms/${room.id}/join`;
    expect((await client.post(join, {})).status).toBe(200);
    expect((await client.post(join, {}, onDevice('phone'))).status).toBe(200);
    const seats = () => trusted.count('select count(*) from seats where user_id = $1', [user.id]);
    expect(await seats()).toBe(2);
    expect((await client.post('/v1/auth/logout', {})).status).toBe(204);
    await expect.poll(seats).toBe(0);
  });

  it('a disabled person is refused with 403, whatever the token', async () => {
    const { subject, user } = await trusted.visit({ sid: 'first' });
    await trusted.server.admin.patch(`/v1/users/${user.id}`, { status: 'disabled' });
    const fresh = { sub: subject, sid: 'second', iat: now() + 10, auth_time: now() + 10 };
    expect(await verdictOn(fresh)).toBe('account_disabled');
    expect(await verdictOn(fresh, 'phone')).toBe('account_disabled');
  });
});

describe('a session whose row is old', () => {
  const runOut = (userId: string) =>
    trusted.server.database.query(
      `update sessions set expires_at = clock_timestamp() - interval '1 hour',
              idle_expires_at = clock_timestamp() - interval '1 hour' where user_id = $1`,
      [userId],
    );

  it('a row that ran out is renewed by the next valid token', async () => {
    const { client, subject, user } = await trusted.visit({ sid: 'first' });
    const id = await sessionIdOf(client);
    await runOut(user.id);
    expect(await verdictOn({ sub: subject, sid: 'first' })).toBe('accepted');
    expect(await sessionIdOf(client)).toBe(id);
  });

  it('a row that ran out before a sign-out everywhere is not renewed', async () => {
    const { subject, user } = await trusted.visit({ sid: 'first' });
    await runOut(user.id);
    const other = await elsewhere(subject);
    expect((await other.client.delete('/v1/me/sessions')).status).toBe(204);
    expect(await verdictOn({ sub: subject, sid: 'first', iat: now() + 10 })).toBe('session_ended');
    await runOut(user.id);
    await trusted.server.admin.delete(`/v1/users/${user.id}/sessions`);
    expect(await verdictOn({ sub: subject, sid: 'elsewhere', iat: now() + 10 })).toBe(
      'session_ended',
    );
  });

  it('a session that was renewed for longer than personal data is kept can be ended', async () => {
    const { client, subject } = await trusted.visit({ sid: 'first' });
    await trusted.server.database.query(
      `update issuer_sign_ins set used_at = used_at - interval '1 year'`,
    );
    await purge();
    expect((await client.get('/v1/me')).status).toBe(200);
    expect((await client.post('/v1/auth/logout', {})).status).toBe(204);
    expect(await verdictOn({ sub: subject, sid: 'first' })).toBe('session_ended');
    expect(await verdictOn({ sub: subject, sid: 'first' }, 'phone')).toBe('session_ended');
  });

  it('the end of a sign-in outlasts the purge of its session', async () => {
    const { client, subject, user } = await trusted.visit({ sid: 'first' });
    expect((await client.post('/v1/auth/logout', {})).status).toBe(204);
    await trusted.server.database.query(
      `update issuer_sign_ins set used_at = used_at - interval '300 days',
              ended_at = ended_at - interval '300 days' where ended_at is not null`,
    );
    await purge();
    await trusted.server.database.query('delete from sessions where user_id = $1', [user.id]);
    expect(await verdictOn({ sub: subject, sid: 'first' })).toBe('session_ended');
  });
});

async function purge(): Promise<void> {
  const { IssuerSessionsRepository } =
    await import('../../../src/users/issuers/issuer-sessions.repository.js');
  while ((await trusted.server.app.get(IssuerSessionsRepository).purge()) === 'unfinished');
}
