import { describe, expect, it, vi } from 'vitest';
import { UserSessionsRepository } from '../../../src/users/sessions/user-sessions.repository.js';
import {
  ageSession,
  idOf,
  type Session,
  sessionIdOf,
  sessionsOf,
  signInAgain,
  statusesOf,
  trailOf,
} from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, SignedIn } from '../../support/shapes.js';

const server = useApp();
const idsOf = ({ items }: List<Session>) => items.map(({ id }) => id);
const end = (client: Client, id: string) => client.delete(`/v1/me/sessions/${id}`);

describe('the list of one’s own sessions', () => {
  it('the list has device, address and times of each session, and marks the current session', async () => {
    const ann = await server.signUp();
    const tv = await signInAgain(server, ann, undefined, { 'user-agent': 'TV/9' });
    const { items, nextCursor } = await sessionsOf(tv);
    expect(nextCursor).toBeNull();
    expect(items).toEqual([
      expect.objectContaining({ id: sessionIdOf(ann), current: false }),
      {
        id: sessionIdOf(tv),
        kind: 'own',
        device: 'TV/9',
        address: '127.0.0.1',
        createdAt: expect.any(String) as string,
        lastUsedAt: items[1]?.createdAt,
        expiresAt: tv.signedIn?.refreshTokenExpiresAt,
        current: true,
      },
    ]);
  });

  it('the list says when each session was last refreshed', async () => {
    const ann = await server.signUp();
    await ageSession(server, ann, 3_600);
    await server.database.query('update sessions set last_used_at = created_at where id = $1', [
      sessionIdOf(ann),
    ]);
    const [before] = (await sessionsOf(ann)).items;
    expect(before?.lastUsedAt).toBe(before?.createdAt);
    const { refreshToken } = ann.signedIn as SignedIn;
    const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    const [after] = (await sessionsOf(ann.as(refreshed.body))).items;
    expect(Date.parse(after?.lastUsedAt ?? '')).toBeGreaterThan(
      Date.parse(before?.lastUsedAt ?? '') + 3_000_000,
    );
    expect(after?.expiresAt).toBe(refreshed.body.refreshTokenExpiresAt);
  });

  it('the list has only live sessions', async () => {
    const ann = await server.signUp();
    const gone = [];
    for (let each = 0; each < 3; each += 1) gone.push(await signInAgain(server, ann));
    const [signedOut, idle, old] = gone as [Client, Client, Client];
    await signedOut.post('/v1/auth/logout');
    for (const [client, column] of [
      [idle, 'idle_expires_at'],
      [old, 'expires_at'],
    ] as const)
      await server.database.query(
        `update sessions set ${column} = clock_timestamp() where id = $1`,
        [sessionIdOf(client)],
      );
    expect(idsOf(await sessionsOf(ann))).toEqual([sessionIdOf(ann)]);
  });

  it('the list is divided into pages', async () => {
    const ann = await server.signUp();
    const all = [ann];
    for (let each = 0; each < 4; each += 1) all.push(await signInAgain(server, ann));
    const first = await sessionsOf(ann, '?limit=2');
    await end(ann, sessionIdOf(all[1] as Client));
    const second = await sessionsOf(ann, `?limit=2&cursor=${first.nextCursor}`);
    const third = await sessionsOf(ann, `?limit=2&cursor=${second.nextCursor}`);
    expect([first, second, third].map(idsOf)).toEqual([
      all.slice(0, 2).map(sessionIdOf),
      all.slice(2, 4).map(sessionIdOf),
      all.slice(4).map(sessionIdOf),
    ]);
    expect(third.nextCursor).toBeNull();
    const bad = await ann.get('/v1/me/sessions?limit=0&sort=device');
    expect(placesOf(expectProblem(bad, 400, 'invalid_request'))).toEqual(['limit', 'sort']);
  });
});

describe('the end of one’s own sessions', () => {
  it('a session that is ended by its id ends at once, and a second attempt gets 404', async () => {
    const ann = await server.signUp();
    const tv = await signInAgain(server, ann);
    expect((await end(ann, sessionIdOf(tv))).status).toBe(204);
    expect(await statusesOf([ann, tv])).toEqual([200, 401]);
    const { refreshToken } = tv.signedIn as SignedIn;
    const refreshed = await server.anyone.post('/v1/auth/refresh', { refreshToken });
    expect(refreshed).toBeProblem(401, 'unauthenticated');
    expect(await end(ann, sessionIdOf(tv))).toBeProblem(404, 'not_found');
    const trail = [['session.ended', { sessionId: sessionIdOf(tv) }]];
    expect(await trailOf(server, idOf(ann))).toEqual(trail);
  });

  it('a user cannot end a session of another user', async () => {
    const ann = await server.signUp();
    const ben = await server.signUp();
    for (const client of [ann, server.admin])
      expect(await end(client, sessionIdOf(ben))).toBeProblem(404, 'not_found');
    expect(await end(ann, crypto.randomUUID())).toBeProblem(404, 'not_found');
    expect((await ann.delete('/v1/me/sessions')).status).toBe(204);
    expect(await statusesOf([ann, ben])).toEqual([200, 200]);
    expect(await trailOf(server, idOf(ben))).toEqual([]);
  });

  it('ending all others keeps the current session', async () => {
    const ann = await server.signUp();
    const others = [await signInAgain(server, ann), await signInAgain(server, ann)];
    expect((await ann.delete('/v1/me/sessions')).status).toBe(204);
    expect(await statusesOf([ann, ...others])).toEqual([200, 401, 401]);
    expect((await ann.delete('/v1/me/sessions')).status).toBe(204);
    expect(await trailOf(server, idOf(ann))).toEqual([['sessions.ended', { count: 2 }]]);
  });

  it('two sessions that end each other at the same time leave one', async () => {
    for (let round = 0; round < 10; round += 1) {
      const ann = await server.signUp();
      const both = [ann, await signInAgain(server, ann)];
      const answers = await Promise.all(both.map((each) => each.delete('/v1/me/sessions')));
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 401]);
      expect((await statusesOf(both)).sort((a, b) => a - b)).toEqual([200, 401]);
    }
  });
});

describe('an administrator and the sessions of users', () => {
  it('an administrator sees where a user is signed in, and signs the user out everywhere', async () => {
    const ann = await server.signUp();
    const tv = await signInAgain(server, ann);
    const path = `/v1/users/${idOf(ann)}/sessions`;
    const { body } = await server.admin.get<List<Session>>(path);
    expect(idsOf(body)).toEqual([sessionIdOf(ann), sessionIdOf(tv)]);
    expect(body.items.map(({ current }) => current)).toEqual([false, false]);
    expect((await server.admin.delete(path)).status).toBe(204);
    expect(await statusesOf([ann, tv])).toEqual([401, 401]);
    expect((await server.admin.get<List<Session>>(path)).body.items).toEqual([]);
    expect((await signInAgain(server, ann)).token).toBeDefined();
    expect(await trailOf(server, idOf(ann))).toEqual([['sessions.ended', { count: 2 }]]);
  });

  it('an administrator who asks for an unknown user gets 404', async () => {
    const path = `/v1/users/${crypto.randomUUID()}/sessions`;
    expect(await server.admin.get(path)).toBeProblem(404, 'not_found');
    expect(await server.admin.delete(path)).toBeProblem(404, 'not_found');
  });
});

describe('the hundred and first sign-in', () => {
  it('the session that was unused for longest ends, also when several sign-ins come at once', async () => {
    const ann = await server.signUp();
    const used = sessionIdOf(ann);
    // The first sign-in is older than the others, but was refreshed later.
    await server.database.query(
      `insert into sessions (id, user_id, device_id, device, address, refresh_hash, created_at,
                             last_used_at, idle_expires_at, expires_at)
       select gen_random_uuid(), $1, gen_random_uuid(), 'Old/' || n, '127.0.0.1', '', at, at,
              at + interval '1 day', at + interval '1 day'
         from (select n, clock_timestamp() + make_interval(secs => n * 0.001) as at
                 from generate_series(1, 98) n) rows`,
      [idOf(ann)],
    );
    await server.database.query(
      `update sessions set last_used_at = last_used_at + interval '1 second' where id = $1`,
      [used],
    );
    const more = await Promise.all([1, 2, 3, 4].map(() => signInAgain(server, ann)));
    const { items } = await sessionsOf(ann, '?limit=200');
    expect(items).toHaveLength(100);
    const ids = new Set(items.map(({ id }) => id));
    for (const client of [ann, ...more]) expect(ids.has(sessionIdOf(client))).toBe(true);
    const devices = new Set(items.map(({ device }) => device));
    for (const each of [1, 2, 3]) expect(devices.has(`Old/${each}`)).toBe(false);
    expect(devices.has('Old/4')).toBe(true);
    const reasons = (await trailOf(server, idOf(ann))).map(([action, details]) => [
      action,
      (details as { reason: string }).reason,
    ]);
    expect(reasons).toEqual(Array.from({ length: 3 }, () => ['session.ended', 'too_many']));
  });

  it('a sign-in succeeds even if the excess sessions cannot be ended at that moment', async () => {
    const look = vi.spyOn(UserSessionsRepository.prototype, 'areMoreThan');
    try {
      const ann = await server.signUp();
      look.mockClear();
      look.mockRejectedValueOnce(new Error('no connection'));
      const again = await signInAgain(server, ann);
      expect((await again.get('/v1/me')).status).toBe(200);
      expect(look).toHaveBeenCalledTimes(1);
    } finally {
      look.mockRestore();
    }
  });
});
