import { describe, expect, it } from 'vitest';
import type { Client } from '../../support/client.js';
import type { User } from '../../support/shapes.js';
import { now, useTrustingServer, type Visitor } from '../../support/trusting-server.js';

const roles = { admin: { claim: '/realm_access/roles', values: ['boss'] } };
const trusted = useTrustingServer({ roles });

const BOSS = { realm_access: { roles: ['boss'] } };

const roleOf = async (client: Client) => (await client.get<User>('/v1/me')).body.role;
const roleWith = async (claims: Record<string, unknown>) => roleOf(await trusted.client(claims));
const storedRole = async ({ user }: Visitor) =>
  (await trusted.server.admin.get<User>(`/v1/users/${user.id}`)).body.role;

describe('the role that tokens claim', () => {
  it('the first token decides, and the role applies to the same request', async () => {
    const client = await trusted.client({ sub: trusted.newSubject(), ...BOSS });
    expect((await client.get('/v1/users')).status).toBe(200);
    const other = await trusted.client({ sub: trusted.newSubject() });
    expect(await other.get('/v1/users')).toBeProblem(403, 'forbidden');
  });

  it('the token with the newest iat decides, whatever the order of arrival', async () => {
    const sub = trusted.newSubject();
    const at = (seconds: number, more = {}) => ({ sub, sid: 'a', iat: now() + seconds, ...more });
    const visitor = await trusted.visit(at(-100));
    expect(visitor.user.role).toBe('user');
    expect(await roleWith(at(-50, BOSS))).toBe('admin');
    expect(await roleWith(at(-80))).toBe('admin');
    expect(await storedRole(visitor)).toBe('admin');
    expect(await roleWith(at(-20))).toBe('user');
    expect(await roleWith(at(-50, BOSS))).toBe('user');
    expect(await roleWith(at(-30, { ...BOSS, jti: 'late' }))).toBe('user');
    expect(await storedRole(visitor)).toBe('user');
  });

  it('the newest iat decides over all sessions of the person', async () => {
    const sub = trusted.newSubject();
    const visitor = await trusted.visit({ sub, sid: 'a', iat: now() - 100, ...BOSS });
    expect(await roleWith({ sub, sid: 'b', iat: now() - 50 })).toBe('user');
    expect(await roleWith({ sub, sid: 'c', iat: now() - 80, ...BOSS })).toBe('user');
    expect(await roleWith({ sub, sid: 'a', iat: now() - 70, ...BOSS })).toBe('user');
    expect(await storedRole(visitor)).toBe('user');
    expect(await roleOf(visitor.client)).toBe('user');
  });

  it.each([undefined, null, 5, 'Boss', {}, ['other'], { boss: true }])(
    'the odd claim %j means an ordinary user',
    async (value) => {
      const sub = trusted.newSubject();
      const visitor = await trusted.visit({ sub, sid: 'a', iat: now() - 60, ...BOSS });
      expect(visitor.user.role).toBe('admin');
      const claims = { sub, sid: 'a', realm_access: { roles: value } };
      expect(await roleWith(claims)).toBe('user');
    },
  );

  it('concurrent tokens leave the role of the newest', async () => {
    const sub = trusted.newSubject();
    const visitor = await trusted.visit({ sub, sid: 'a', iat: now() - 200 });
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        trusted.verdictOnClaims({
          sub,
          sid: `s${number % 4}`,
          iat: now() - 100 + number,
          ...(number === 19 && BOSS),
        }),
      ),
    );
    expect(await storedRole(visitor)).toBe('admin');
  });

  it('an administrator cannot change the role, but the name and the status', async () => {
    const { user } = await trusted.visit();
    const change = (body: Record<string, unknown>) =>
      trusted.server.admin.patch<User>(`/v1/users/${user.id}`, body);
    expect(await change({ role: 'admin' })).toBeProblem(409, 'managed_by_issuer');
    expect((await change({ role: 'user' })).status).toBe(200);
    expect((await change({ displayName: 'Other', status: 'disabled' })).status).toBe(200);
  });

  it('a user of this issuer cannot be added as an administrator', async () => {
    const issuer = trusted.issuer.url;
    const body = { externalId: trusted.newSubject(), issuer, displayName: 'Eve' };
    const answer = await trusted.server.admin.post('/v1/users', { ...body, role: 'admin' });
    expect(answer).toBeProblem(409, 'managed_by_issuer');
    expect((await trusted.server.admin.post('/v1/users', body)).status).toBe(201);
    expect(await roleWith({ sub: body.externalId, ...BOSS })).toBe('admin');
  });

  it('a demotion ends the seats in rooms for members, and is recorded', async () => {
    const sub = trusted.newSubject();
    const { client, user } = await trusted.visit({ sub, sid: 'a', iat: now() - 60, ...BOSS });
    const closed = await trusted.server.createRoom({ access: 'members' });
    const open = await trusted.server.createRoom();
    await trusted.server.join(client, closed);
    await trusted.server.join(client, open);
    const newer = await trusted.client({ sub, sid: 'a' });
    expect(await roleOf(newer)).toBe('user');
    const seatsIn = ({ id }: { id: string }) =>
      trusted.count('select count(*) from seats where user_id = $1 and room_id = $2', [
        user.id,
        id,
      ]);
    await expect.poll(() => seatsIn(closed)).toBe(0);
    expect(await seatsIn(open)).toBe(1);
    const join = await newer.post(`/v1/rooms/${closed.id}/join`, {});
    expect(join.status).not.toBe(200);
    const entries = `select count(*) from audit_entries
      where user_id = $1 and action = 'user.changed' and details->>'role' = 'user'`;
    expect(await trusted.count(entries, [user.id])).toBe(1);
  });

  it('a user who returns after a deletion has the role of the new token', async () => {
    const sub = trusted.newSubject();
    const { user } = await trusted.visit({ sub, sid: 'a', iat: now() - 60, ...BOSS });
    expect((await trusted.server.admin.delete(`/v1/users/${user.id}`)).status).toBe(204);
    await expect.poll(() => trusted.verdictOnClaims({ sub, sid: 'b' })).toBe('accepted');
    expect(await roleWith({ sub, sid: 'b' })).toBe('user');
  });
});
