import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKey, KEYS, type TestKey } from '../../support/api-keys.js';
import { emailOf, idOf, PASSWORD } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, User } from '../../support/shapes.js';

const server = useApp();
let key: TestKey;
let boss: Client;
let fan: Client;

beforeAll(async () => {
  const namespace = 'external:shop';
  key = await createKey(server, ['users:read', 'users:write', 'rooms:write'], { namespace });
  [boss, fan] = await Promise.all([server.signUp('Boss'), server.signUp('Fan')]);
  await server.admin.patch(`/v1/users/${idOf(boss)}`, { role: 'admin' });
});

const userOf = (client: Client) => `/v1/users/${idOf(client)}`;
const stateOf = (id: string) =>
  server.database.query('select to_jsonb(u) as state from users u where id = $1', [id]);

describe('a key with users:read and users:write', () => {
  it('a key creates external users of its own namespace, changes, lists and deletes them', async () => {
    const wish = { externalId: 'c-1', displayName: 'Cleo' };
    const made = await key.client.post<User>('/v1/users', wish);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ issuer: 'external:shop', role: 'user', kind: 'external' });
    const path = `/v1/users/${made.body.id}`;
    const changed = await key.client.patch<User>(path, { displayName: 'C', status: 'disabled' });
    expect(changed.body).toMatchObject({ displayName: 'C', status: 'disabled' });
    const found = await key.client.get<List<User>>('/v1/users?externalId=c-1');
    expect(found.body.items).toEqual([changed.body]);
    expect((await key.client.get(path)).body).toEqual(changed.body);
    expect((await key.client.delete(path)).status).toBe(204);
  });

  it('a key may not use the namespace of another key', async () => {
    const wish = { externalId: 'c-2', issuer: 'external:default', displayName: 'Cleo' };
    const refused = await key.client.post('/v1/users', wish);
    expect(placesOf(expectProblem(refused, 400, 'invalid_request'))).toEqual(['/issuer']);
  });

  it.each([
    ['an account', { email: 'new@example.org', password: PASSWORD, displayName: 'New' }],
    ['an administrator', { externalId: 'c-3', displayName: 'New', role: 'admin' }],
  ])('a key does not create %s', async (_, wish) => {
    expect(await key.client.post('/v1/users', wish)).toBeProblem(403, 'forbidden');
  });

  it.each([
    ['another role', { role: 'admin' }],
    ['another identity', { externalId: 'c-4' }],
    ['another issuer', { issuer: 'external:shop' }],
  ])('a key does not give a user %s', async (_, wish) => {
    expect(await key.client.patch(userOf(fan), wish)).toBeProblem(403, 'forbidden');
  });

  it('a key neither reads, changes nor deletes an administrator', async () => {
    const before = await stateOf(idOf(boss));
    for (const answer of [
      await key.client.get(userOf(boss)),
      await key.client.patch(userOf(boss), { displayName: 'Mine' }),
      await key.client.patch(userOf(boss), { status: 'disabled' }),
      await key.client.delete(userOf(boss)),
    ])
      expectProblem(answer, 403, 'forbidden');
    expect(await stateOf(idOf(boss))).toEqual(before);
    expect((await boss.get('/v1/me')).status).toBe(200);
  });

  it('the last administrator is out of reach too', async () => {
    expect(await key.client.delete(userOf(server.admin))).toBeProblem(403, 'forbidden');
  });

  it('the list of a key leaves out everybody else, whatever it asks for', async () => {
    for (const query of ['', '?role=admin', '?role=user', '?search=Boss']) {
      const { body } = await key.client.get<List<User>>(`/v1/users${query}`);
      expect(body.items.filter(({ role }) => role !== 'user')).toEqual([]);
    }
    const { body } = await key.client.get<List<User>>('/v1/users');
    expect(body.items.map(({ id }) => id)).toContain(idOf(fan));
  });

  it('a key reaches no password and no session of a user', async () => {
    for (const answer of [
      await key.client.put(`${userOf(fan)}/password`, { password: 'a stolen password' }),
      await key.client.get(`${userOf(fan)}/sessions`),
      await key.client.delete(`${userOf(fan)}/sessions`),
    ])
      expect(expectProblem(answer, 403, 'insufficient_scope')).toMatchObject({ scope: null });
    const body = { email: emailOf(fan), password: PASSWORD };
    expect((await server.anyone.post('/v1/auth/login', body)).status).toBe(200);
  });

  it('a user who becomes an administrator before the write of a key is not changed', async () => {
    const writes: readonly ((path: string) => Promise<Answer<unknown>>)[] = [
      (path) => key.client.patch(path, { displayName: 'Mine' }),
      (path) => key.client.patch(path, { status: 'disabled' }),
      (path) => key.client.delete(path),
    ];
    for (const write of writes) {
      const rival = await server.signUp('Rival');
      const promote = await beginPromotion(idOf(rival));
      const answer = write(userOf(rival));
      await promote();
      expectProblem(await answer, 403, 'forbidden');
      const { body } = await rival.get<User>('/v1/me');
      expect(body).toMatchObject({ role: 'admin', status: 'active', displayName: 'Rival' });
    }
  });
});

/** Makes a user an administrator; the returned function commits it when a request waits for it. */
async function beginPromotion(id: string): Promise<() => Promise<void>> {
  const other = new pg.Client({ connectionString: server.database.url });
  await other.connect();
  onTestFinished(() => other.end());
  await other.query('begin');
  await other.query(`update users set role = 'admin' where id = $1`, [id]);
  return async () => {
    await vi.waitFor(async () => {
      const waiting = await server.database.query(
        `select from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()`,
      );
      expect(waiting).toHaveLength(1);
    });
    await other.query('commit');
  };
}

describe('the user of an API key', () => {
  it('administrators read the user of a key, but do not list it, and cannot change it as a user', async () => {
    const path = `/v1/users/${key.id}`;
    expect((await server.admin.get<User>(path)).body).toMatchObject({ kind: 'service' });
    const before = await stateOf(key.id);
    for (const answer of [
      await server.admin.patch(path, { displayName: 'Mine' }),
      await server.admin.patch(path, { role: 'admin' }),
      await server.admin.patch(path, { status: 'disabled' }),
      await server.admin.patch(path, { externalId: 'c-5' }),
      await server.admin.put(`${path}/password`, { password: 'three loud mountains' }),
      await server.admin.delete(path),
    ])
      expect(expectProblem(answer, 403, 'forbidden').detail).toContain('/v1/api-keys');
    expect(await stateOf(key.id)).toEqual(before);
    const { body } = await server.admin.get<List<User>>('/v1/users?limit=200');
    expect(body.items.filter(({ kind }) => kind === 'service')).toEqual([]);
  });

  it('a key reaches neither itself nor another key', async () => {
    const other = await createKey(server, ['rooms:read']);
    for (const id of [key.id, other.id]) {
      expectProblem(await key.client.get(`/v1/users/${id}`), 403, 'forbidden');
      expectProblem(await key.client.patch(`/v1/users/${id}`, {}), 403, 'forbidden');
      expectProblem(await key.client.delete(`/v1/users/${id}`), 403, 'forbidden');
      for (const answer of [
        await key.client.get(`${KEYS}/${id}`),
        await key.client.patch(`${KEYS}/${id}`, { scopes: ['audit:read'] }),
        await key.client.post(`${KEYS}/${id}/rotate`),
        await key.client.delete(`${KEYS}/${id}`),
      ])
        expect(expectProblem(answer, 403, 'insufficient_scope')).toMatchObject({ scope: null });
    }
    expectProblem(await key.client.get(KEYS), 403, 'insufficient_scope');
  });

  it('a key is no member, is not banned, holds no seat and is not explained', async () => {
    const room = await server.createRoom();
    const at = (path: string) => `/v1/rooms/${room.id}/${path}`;
    const other = await createKey(server, ['rooms:read']);
    for (const by of [server.admin, key.client])
      for (const id of [key.id, other.id]) {
        const answers = [
          await by.put(at(`members/${id}`), { role: 'host' }),
          await by.delete(at(`members/${id}`)),
          await by.put(at(`bans/${id}`), {}),
          await by.delete(at(`bans/${id}`)),
          await by.delete(at(`participants/${id}`)),
        ];
        for (const answer of answers) expectProblem(answer, 404, 'not_found');
      }
    const explained = await server.admin.get(at(`explain?userId=${key.id}`));
    expectProblem(explained, 404, 'not_found');
    const joins = [await key.client.post(at('join')), await key.client.get(at('events'))];
    for (const answer of joins)
      expect(expectProblem(answer, 403, 'insufficient_scope')).toMatchObject({ scope: null });
  });
});

describe('a key with rooms:write and an administrator', () => {
  it('an administrator cannot be banned by a key, and no loss of a membership or seat shuts them out', async () => {
    const room = await server.createRoom({ access: 'members' });
    const at = (path: string) => `/v1/rooms/${room.id}/${path}/${idOf(boss)}`;
    await server.join(boss, room);
    expect((await key.client.put(at('members'), { role: 'viewer' })).status).toBe(200);
    expect((await key.client.put(at('bans'), {})).status).toBe(409);
    expect((await key.client.delete(at('members'))).status).toBe(204);
    expect((await key.client.delete(at('participants'))).status).toBe(204);
    expect((await server.join(boss, room)).participant.role).toBe('host');
  });

  it('a room that a key creates has no member, and is run by the key without a membership', async () => {
    const made = await key.client.post<{ id: string }>('/v1/rooms', { name: 'By a key' });
    expect(made.status).toBe(201);
    const path = `/v1/rooms/${made.body.id}`;
    const members = await server.admin.get<List<unknown>>(`${path}/members`);
    expect(members.body.items).toEqual([]);
    expect((await key.client.patch(path, { capacity: 3, slug: 'by-a-key' })).status).toBe(200);
    expect((await key.client.post(`${path}/invites`, { role: 'viewer' })).status).toBe(201);
    expect((await key.client.delete(path)).status).toBe(204);
  });
});
