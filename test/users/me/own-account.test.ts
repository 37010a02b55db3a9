import { describe, expect, it } from 'vitest';
import {
  ageSession,
  emailOf,
  idOf,
  PASSWORD,
  sessionIdOf,
  signInAgain,
  trailOf,
} from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { JoinGrant, User } from '../../support/shapes.js';

interface Export {
  readonly exportedAt: string;
  readonly user: User;
  readonly records: Readonly<Record<string, Record<string, unknown>[]>>;
  readonly shortened: string[];
}

const server = useApp();
describe('a change of one’s own account', () => {
  it('a user changes their name, and soon after a sign-in their address too', async () => {
    const ann = await server.signUp();
    const changes = { displayName: 'Anna', email: `anna-${idOf(ann)}@example.org` };
    const { status, body } = await ann.patch<User>('/v1/me', changes);
    expect(status).toBe(200);
    expect(body).toEqual({ ...ann.signedIn?.user, ...changes });
    expect((await ann.get<User>('/v1/me')).body).toEqual(body);
    const login = { email: changes.email, password: PASSWORD };
    expect((await server.anyone.post('/v1/auth/login', login)).status).toBe(200);
    const details = { changed: ['email', 'displayName'] };
    expect(await trailOf(server, idOf(ann))).toEqual([['user.changed', details]]);
  });

  it('an old sign-in cannot change the address, so a found phone does not give away the account', async () => {
    const ann = await server.signUp();
    await ageSession(server, ann, 601);
    const changes = { displayName: 'Anna', email: 'thief@example.org' };
    expect(await ann.patch('/v1/me', changes)).toBeProblem(403, 'fresh_sign_in_required');
    expect((await ann.get('/v1/me')).body).toEqual(ann.signedIn?.user);
    expect((await ann.patch('/v1/me', { displayName: 'Anna' })).status).toBe(200);
    const again = await signInAgain(server, ann);
    const email = `anna-${idOf(ann)}@example.org`;
    expect((await again.patch('/v1/me', { email })).status).toBe(200);
  });

  it('a user cannot take another user’s address, and cannot change their role or status', async () => {
    const ann = await server.signUp();
    const ben = await server.signUp();
    const taken = await ann.patch('/v1/me', { email: emailOf(ben).toUpperCase() });
    expect(taken).toBeProblem(409, 'email_taken');
    const rights = { role: 'admin', status: 'active', password: PASSWORD };
    const refused = expectProblem(await ann.patch('/v1/me', rights), 400, 'invalid_request');
    expect(placesOf(refused).sort()).toEqual(['/password', '/role', '/status']);
    expect((await ann.patch('/v1/me', {})).body).toEqual(ann.signedIn?.user);
  });
});

describe('the contents of an export of one’s own data', () => {
  it('an export has all stored data of the user, and nothing about others', async () => {
    const ann = await server.signUp('Annabel');
    const ben = await server.signUp('Benedict');
    const room = await server.createRoom({ accessCode: 'popcorn', name: 'Export party' });
    await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(ann)}`, { role: 'viewer' });
    const wish = { accessCode: 'popcorn' };
    const grant: JoinGrant = await server.join(ann, room, wish);
    await server.join(ben, room, wish);
    const other = await server.createRoom();
    const ban = { until: null, reason: 'too loud' };
    await server.admin.put(`/v1/rooms/${other.id}/bans/${idOf(ann)}`, ban);
    const { status, body, headers } = await ann.get<Export>('/v1/me/export');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const roomId = room.id;
    const { generation, participant } = grant;
    const seat = { displayName: 'Annabel', generation, roomId };
    const actions = body.records['auditEntries']?.map(({ action }) => action);
    expect(body).toMatchObject({
      user: ann.signedIn?.user,
      shortened: [],
      records: {
        sessions: [{ id: sessionIdOf(ann), address: '127.0.0.1' }],
        memberships: [{ roomId, role: 'viewer' }],
        accessCodes: [{ roomId, version: 1 }],
        seats: [{ ...seat, id: participant.id, role: 'viewer' }],
        tokensReceived: [{ ...seat, seatId: participant.id }],
        bans: [{ roomId: other.id, ...ban }],
        idempotencyKeys: [],
        reports: [],
      },
    });
    expect(actions).toEqual(['ban.set', 'member.set', 'session.opened', 'user.registered']);
    // The address of the administrator who made her a member is the administrator's own data.
    const addresses = body.records['auditEntries']?.map(({ address }) => address);
    expect(addresses).toEqual([null, null, '127.0.0.1', '127.0.0.1']);
    const text = JSON.stringify(body);
    for (const foreign of [idOf(ben), emailOf(ben), 'Benedict', grant.token, 'popcorn', 'argon2'])
      expect(text).not.toContain(foreign);
  });

  it('an export covers every table that refers to a user', async () => {
    const tables = await server.database.query<{ name: string }>(
      `select distinct conrelid::regclass::text as name from pg_constraint
        where contype = 'f' and confrelid = 'users'::regclass order by 1`,
    );
    const { body } = await server.admin.get<Export>('/v1/me/export');
    const parts: Record<string, string> = {
      access_code_grants: 'accessCodes',
      bans: 'bans',
      dead_session_reporters: 'reports',
      holders: 'tokensReceived',
      idempotency_marks: 'idempotencyKeys',
      members: 'memberships',
      seats: 'seats',
      sessions: 'sessions',
    };
    // A key is a user by itself, and belongs to no person.
    const ofPeople = tables.map(({ name }) => name).filter((name) => name !== 'api_keys');
    expect(ofPeople).toEqual(Object.keys(parts));
    const exported = [...Object.values(parts), 'auditEntries'].sort();
    expect(Object.keys(body.records).sort()).toEqual(exported);
  });

  it('an export with too much data is cut, and says so', async () => {
    const ann = await server.signUp();
    await server.database.query(
      `insert into audit_entries (id, action, actor_id, details)
       select gen_random_uuid(), 'room.changed', $1, '{}' from generate_series(1, 10000)`,
      [idOf(ann)],
    );
    const { body } = await ann.get<Export>('/v1/me/export');
    expect(body.records['auditEntries']).toHaveLength(10_000);
    expect(body.shortened).toEqual(['auditEntries']);
  });
});

describe('the deletion of one’s own account', () => {
  it('a deleted account ends at once, and the audit trail keeps ids but no personal data', async () => {
    const ann = await server.signUp('Annabel');
    const other = await signInAgain(server, ann);
    const room = await server.createRoom();
    await server.join(ann, room);
    expect((await ann.delete('/v1/me')).status).toBe(204);
    for (const client of [ann, other])
      expect(await client.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    const login = { email: emailOf(ann), password: PASSWORD };
    expect(await server.anyone.post('/v1/auth/login', login)).toBeProblem(
      401,
      'invalid_credentials',
    );
    const rows = await server.database.query<{ action: string; address: string | null }>(
      'select action, address, details from audit_entries where $1 in (actor_id, user_id)',
      [idOf(ann)],
    );
    expect(rows.map(({ action }) => action)).toContain('user.deleted');
    expect(rows.map(({ address }) => address)).toEqual(rows.map(() => null));
    expect(JSON.stringify(rows)).not.toMatch(/Annabel|example\.org|127\.0\.0\.1/);
    const tables = await server.database.query<{ name: string; column: string }>(
      `select conrelid::regclass::text as name, attname as column from pg_constraint
         join pg_attribute on attrelid = conrelid and attnum = conkey[1]
        where contype = 'f' and confrelid = 'users'::regclass`,
    );
    for (const { name, column } of tables)
      expect([
        name,
        await server.database.query(`select 1 from ${name} where ${column} = $1`, [idOf(ann)]),
      ]).toEqual([name, []]);
  });

  it('the deletion of one’s own account needs a fresh sign-in', async () => {
    const ann = await server.signUp();
    await ageSession(server, ann, 601);
    expect(await ann.delete('/v1/me')).toBeProblem(403, 'fresh_sign_in_required');
    const { refreshToken } = ann.signedIn ?? {};
    await server.anyone.post('/v1/auth/refresh', { refreshToken });
    expect(await ann.delete('/v1/me')).toBeProblem(403, 'fresh_sign_in_required');
    expect((await (await signInAgain(server, ann)).delete('/v1/me')).status).toBe(204);
  });

  it('the last administrator cannot delete their own account', async () => {
    expect(await server.admin.delete('/v1/me')).toBeProblem(409, 'last_admin');
    expect((await server.admin.get('/v1/me')).status).toBe(200);
  });
});
