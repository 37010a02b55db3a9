import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { appOf, Backend, somebody } from '../../support/backend.js';
import '../../support/expect-problem.js';
import type { User } from '../../support/shapes.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

const count = async (table: string): Promise<number> => {
  const [row] = await server.database.query<{ count: number }>(
    `select count(*)::int as count from ${table}`,
  );
  return row?.count ?? -1;
};
const counts = async () => ({
  users: await count('users'),
  sessions: await count('sessions'),
  members: await count('members'),
  seats: await count('seats'),
  codes: await count('access_code_grants'),
  entries: await count('audit_entries'),
});

describe('a refused grant', () => {
  const refusals: readonly [
    string,
    Record<string, unknown>,
    Record<string, unknown>,
    number,
    string,
  ][] = [
    ['a room for members', { access: 'members' }, {}, 404, 'not_found'],
    ['a locked room', { status: 'locked' }, { role: 'viewer' }, 409, 'room_locked'],
    ['a closed room', { status: 'closed' }, { role: 'host' }, 409, 'room_closed'],
    [
      'a room that is not open',
      { opensAt: '2999-01-01T00:00:00Z' },
      { role: 'viewer' },
      409,
      'room_not_open',
    ],
    ['a room with an access code', { accessCode: 'sesame' }, {}, 403, 'access_code_required'],
    [
      'a wrong access code',
      { accessCode: 'sesame' },
      { accessCode: 'wrong' },
      403,
      'access_code_wrong',
    ],
  ];
  it.each(refusals)('for %s leaves nothing behind', async (_, settings, wish, status, code) => {
    const { status: state, ...rest } = settings;
    const room = await server.createRoom(rest);
    if (state !== undefined) await server.admin.patch(`/v1/rooms/${room.id}`, { status: state });
    const before = await counts();
    expect(await backend.ask(room, { externalId: somebody(), ...wish })).toBeProblem(status, code);
    expect(await counts()).toEqual(before);
  });

  it('for a full room leaves nothing behind, whatever the role', async () => {
    const room = await server.createRoom({ capacity: 1 });
    await backend.grant(room, { externalId: somebody() });
    const before = await counts();
    for (const wish of [{}, { role: 'viewer' }])
      expect(await backend.ask(room, { externalId: somebody(), ...wish })).toBeProblem(
        409,
        'room_full',
      );
    expect(await counts()).toEqual(before);
  });

  it('for a full room lets a person replace their own seat on another device', async () => {
    const room = await server.createRoom({ capacity: 1 });
    const externalId = somebody();
    const phone = await backend.grant(room, { externalId, device: 'phone' });
    await backend.grant(room, { externalId, device: 'tv' });
    expect(await appOf(server, phone).post(`/v1/rooms/${room.id}/heartbeat`)).toBeProblem(
      409,
      'not_in_room',
    );
  });

  it('for a banned person wins over the role that the backend wants', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const grant = await backend.grant(room, { externalId });
    const { body: me } = await appOf(server, grant).get<User>('/v1/me');
    await server.admin.put(`/v1/rooms/${room.id}/bans/${me.id}`, {});
    const before = await counts();
    expect(await backend.ask(room, { externalId, role: 'host' })).toBeProblem(403, 'banned');
    expect(await counts()).toEqual(before);
  });

  it('names the missing room', async () => {
    const answer = await backend.ask({ id: 'no-such-room' }, { externalId: somebody() });
    expect(answer).toBeProblem(404, 'not_found');
  });

  it.each([
    ['an administrator', `role = 'admin'`, 403, 'forbidden'],
    ['a disabled person', `status = 'disabled'`, 403, 'account_disabled'],
    ['a person who waits for approval', `status = 'pending'`, 403, 'account_pending'],
  ])('is the answer for %s', async (_, change, status, code) => {
    const room = await server.createRoom();
    const externalId = somebody();
    await backend.grant(room, { externalId });
    await server.database.query(`update users set ${change} where external_id = $1`, [externalId]);
    expect(await backend.ask(room, { externalId })).toBeProblem(status, code);
    expect(await backend.ask(room, { externalId, device: 'tv' })).toBeProblem(status, code);
  });

  it('is the answer for people who send it by themselves, whatever their role', async () => {
    const room = await server.createRoom();
    const body = { externalId: somebody(), displayName: 'Fan' };
    for (const client of [server.admin, await server.signUp()])
      expect(await client.post(`/v1/rooms/${room.id}/grants`, body)).toBeProblem(403, 'forbidden');
  });
});
