import { describe, expect, it } from 'vitest';
import type { JoinGrant, Room, User } from '../../support/shapes.js';
import { now, useTrustingServer, type Visitor } from '../../support/trusting-server.js';

const trusted = useTrustingServer();

const ban = (room: Room, { user }: Visitor) =>
  trusted.server.admin.put(`/v1/rooms/${room.id}/bans/${user.id}`, {});

/** Signs the same identity in again, after the data of the deleted account is erased. */
async function comeBack(subject: string): Promise<string> {
  const claims = { sub: subject, sid: 'again', iat: now() + 10, auth_time: now() + 10 };
  await expect.poll(() => trusted.verdictOnClaims(claims)).not.toBe('overloaded');
  return trusted.verdictOnClaims(claims);
}

async function returning(subject: string): Promise<Visitor> {
  expect(await comeBack(subject)).toBe('accepted');
  return trusted.visit({ sub: subject, sid: 'again', iat: now() + 10, auth_time: now() + 10 });
}

describe('an external user who deletes the account', () => {
  it('the old tokens do not create the user again', async () => {
    const { client, subject } = await trusted.visit({ sid: 'first' });
    expect((await client.delete('/v1/me')).status).toBe(204);
    expect(await trusted.verdictOn(client.token ?? '')).toBe('session_ended');
    const newer = { sub: subject, sid: 'first', iat: now() + 10 };
    expect(await trusted.verdictOnClaims(newer)).toBe('session_ended');
    expect(await trusted.verdictOnClaims(newer, { 'latchkey-device': 'a' })).toBe('session_ended');
    const count = 'select count(*) from users where external_id = $1';
    expect(await trusted.count(count, [subject])).toBe(0);
  });

  it('without bans, a return makes a new user, and nothing of the old user remains', async () => {
    const { client, subject, user } = await trusted.visit({ sid: 'first', name: 'Former Name' });
    await client.delete('/v1/me');
    const again = await returning(subject);
    expect(again.user.id).not.toBe(user.id);
    expect(await trusted.count('select count(*) from users where id = $1', [user.id])).toBe(0);
  });

  it('a banned person who returns is still banned', async () => {
    const room = await trusted.server.createRoom();
    const visitor = await trusted.visit({ sid: 'first' });
    expect((await ban(room, visitor)).status).toBe(200);
    expect((await visitor.client.delete('/v1/me')).status).toBe(204);
    const { client } = await returning(visitor.subject);
    const join = await client.post<JoinGrant>(`/v1/rooms/${room.id}/join`, {});
    expect(join).toBeProblem(403, 'banned');
    const other = await trusted.server.createRoom();
    expect((await client.post(`/v1/rooms/${other.id}/join`, {})).status).toBe(200);
    expect((await client.delete('/v1/me')).status).toBe(204);
    const third = { sub: visitor.subject, sid: 'third', iat: now() + 25, auth_time: now() + 25 };
    await expect.poll(() => trusted.verdictOnClaims(third)).toBe('accepted');
    const once = await (await trusted.client(third)).post(`/v1/rooms/${room.id}/join`, {});
    expect(once).toBeProblem(403, 'banned');
  });

  it('nothing but the hash of the identity remains of a banned person', async () => {
    const room = await trusted.server.createRoom();
    const visitor = await trusted.visit({ sid: 'first', name: 'Unforgettable' });
    await ban(room, visitor);
    await visitor.client.delete('/v1/me');
    const erased = 'select count(*) from users where id = $1 and erased_at is not null';
    await expect.poll(() => trusted.count(erased, [visitor.user.id])).toBe(1);
    const [row] = await trusted.server.database.query<{ text: string }>(
      'select row_to_json(u)::text as text from users u where id = $1',
      [visitor.user.id],
    );
    expect(row?.text).not.toContain('Unforgettable');
    expect(row?.text).not.toContain(visitor.subject);
    expect(row?.text).not.toContain(trusted.issuer.url);
  });

  it('a person who was disabled and deleted is disabled when they return', async () => {
    const { subject, user } = await trusted.visit({ sid: 'first' });
    const path = `/v1/users/${user.id}`;
    expect((await trusted.server.admin.patch(path, { status: 'disabled' })).status).toBe(200);
    expect((await trusted.server.admin.delete(path)).status).toBe(204);
    const erased = 'select count(*) from users where id = $1 and erased_at is not null';
    await expect.poll(() => trusted.count(erased, [user.id])).toBe(1);
    const token = await trusted.issuer.sign({ sub: subject, sid: 'again' });
    const explained = await trusted.server.admin.post('/v1/issuers/explain', { token });
    expect(explained.body).toMatchObject({ accepted: false });
    expect(await comeBack(subject)).toBe('account_disabled');
    expect(await comeBack(subject)).toBe('account_disabled');
    const { body } = await trusted.server.admin.get<{ items: User[] }>(
      `/v1/users?externalId=${subject}`,
    );
    expect(body.items).toMatchObject([{ status: 'disabled', externalId: subject }]);
    const [found] = body.items;
    await trusted.server.admin.patch(`/v1/users/${found?.id}`, { status: 'active' });
    expect(await comeBack(subject)).toBe('accepted');
  });

  it('an identity that an administrator adds again is still banned', async () => {
    const room = await trusted.server.createRoom();
    const visitor = await trusted.visit({ sid: 'first' });
    await ban(room, visitor);
    await visitor.client.delete('/v1/me');
    const erased = 'select count(*) from users where id = $1 and erased_at is not null';
    await expect.poll(() => trusted.count(erased, [visitor.user.id])).toBe(1);
    const added = await trusted.server.admin.post('/v1/users', {
      externalId: visitor.subject,
      issuer: trusted.issuer.url,
      displayName: 'Back again',
    });
    expect(added.status).toBe(201);
    const { client } = await returning(visitor.subject);
    expect(await client.post(`/v1/rooms/${room.id}/join`, {})).toBeProblem(403, 'banned');
  });

  it('200 first requests at once after the deletion make one user', async () => {
    const { client, subject } = await trusted.visit({ sid: 'first' });
    await client.delete('/v1/me');
    const token = await trusted.issuer.sign({ sub: subject, sid: 'again' });
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => trusted.verdictOn(token)));
    expect(verdicts.every((each) => each === 'accepted' || each === 'overloaded')).toBe(true);
    await expect.poll(() => trusted.verdictOn(token)).toBe('accepted');
    const count = 'select count(*) from users where external_id = $1';
    expect(await trusted.count(count, [subject])).toBe(1);
  });
});
