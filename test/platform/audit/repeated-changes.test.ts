import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { invite } from '../../support/invites.js';
import type { Room } from '../../support/shapes.js';

let host: Client;
let ann: Client;
let room: Room;

const server = useApp();

beforeAll(async () => {
  host = await server.signUp('Host');
  ann = await server.signUp('Ann');
  room = await server.createRoom({ accessCode: 'popcorn', metadata: { a: { b: 1 } } });
  await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
});
const countOf = async (action: string, actor: Client) => {
  const rows = `select count(*)::int as count from audit_entries where action = $1 and actor_id = $2`;
  const [row] = await server.database.query<{ count: number }>(rows, [action, idOf(actor)]);
  return row?.count;
};

/** Reads everything that a change of the room can leave behind. */
async function traces(): Promise<unknown> {
  const rows = `select (select count(*)::int from audit_entries) as entries,
                       (select count(*)::int from room_events) as events,
                       (select version from rooms where id = $1) as version,
                       (select updated_at from rooms where id = $1) as changed`;
  return (await server.database.query(rows, [room.id]))[0];
}

describe('repeated audit entries of one user', () => {
  interface Written {
    readonly secondsAhead: number;
    readonly action?: string;
    readonly details?: object;
    readonly userId?: string;
    readonly roomId?: string | null;
  }
  const changed = { changed: ['displayName'] };

  /** Writes an entry by SQL; an entry in the future stays the newest, however slow the test is. */
  async function write(by: Client, { secondsAhead, ...entry }: Written): Promise<void> {
    const { action = 'user.changed', details = changed, userId = idOf(by), roomId = null } = entry;
    await server.database.query(
      `insert into audit_entries (id, at, action, actor_id, user_id, room_id, details)
       values ($1, clock_timestamp() + make_interval(secs => $2), $3, $4, $5, $6, $7)`,
      [randomUUID(), secondsAhead, action, idOf(by), userId, roomId, details],
    );
  }

  /** Returns how many entries a change of the person's name writes. */
  async function written(by: Client): Promise<number> {
    const before = (await countOf('user.changed', by)) ?? 0;
    const displayName = `Ann ${randomUUID()}`.slice(0, 40);
    expect((await by.patch('/v1/me', { displayName })).body).toMatchObject({ displayName });
    return ((await countOf('user.changed', by)) ?? 0) - before;
  }

  it('the same entry is written at most once a second', async () => {
    const person = await server.signUp();
    await write(person, { secondsAhead: 60 });
    expect(await written(person)).toBe(0);
  });

  it('the same entry is written again after a second', async () => {
    const person = await server.signUp();
    await write(person, { secondsAhead: -1 });
    expect(await written(person)).toBe(1);
  });

  it.each<[string, Partial<Written>]>([
    ['another action', { action: 'password.changed' }],
    ['other details', { details: { changed: ['email'] } }],
  ])('the same entry is written again after %s of the same subject', async (_, other) => {
    const person = await server.signUp();
    await write(person, { secondsAhead: 60 });
    await write(person, { secondsAhead: 90, ...other });
    expect(await written(person)).toBe(1);
  });

  it.each<[string, Partial<Written>]>([
    ['another subject', { userId: randomUUID() }],
    ['another room', { roomId: randomUUID() }],
  ])('an entry is written if the newest entry is of %s', async (_, other) => {
    const person = await server.signUp();
    await write(person, { secondsAhead: 60, ...other });
    expect(await written(person)).toBe(1);
  });

  it('an entry is written even if another user has just made the same change', async () => {
    const person = await server.signUp();
    await write(server.admin, { secondsAhead: 60, userId: idOf(person) });
    expect(await written(person)).toBe(1);
  });

  it('of a list of changes only the repeated entries are left out', async () => {
    const people = await Promise.all(['Ben', 'Cleo', 'Dora'].map((name) => server.signUp(name)));
    const [ben = '', cleo = '', dora = ''] = people.map(idOf);
    const set = { action: 'member.set', roomId: room.id, secondsAhead: 60 };
    const viewer = { details: { role: 'viewer' } };
    await write(server.admin, { ...set, ...viewer, userId: ben });
    await write(server.admin, { ...set, details: { role: 'host' }, userId: cleo });
    await write(host, { ...set, ...viewer, userId: dora });
    const before = (await countOf('member.set', server.admin)) ?? 0;
    const items = people.map((person) => ({ userId: idOf(person), role: 'viewer' }));
    const list = await server.admin.put(`/v1/rooms/${room.id}/members`, { items });
    expect(list.body).toEqual({ added: 3, changed: 0 });
    expect(await countOf('member.set', server.admin)).toBe(before + 2);
  });

  it('a ban, its end and the same ban again are three entries', async () => {
    const bans = `/v1/rooms/${room.id}/bans/${idOf(ann)}`;
    await host.put(bans, {});
    await host.delete(bans);
    await host.put(bans, {});
    expect([await countOf('ban.set', host), await countOf('ban.removed', host)]).toEqual([2, 1]);
    await host.delete(bans);
  });

  it('an entry of the server itself is always written', async () => {
    const written = `insert into audit_entries (id, at, action, room_id, details)
                     values ($1, clock_timestamp() + interval '1 min', 'token.unreadable', $2, $3)`;
    const broken = await server.createRoom();
    await server.join(ann, broken);
    await server.database.query(written, [randomUUID(), broken.id, { generation: 1 }]);
    await server.database.query(`update room_tokens set token = '\\x00' where room_id = $1`, [
      broken.id,
    ]);
    await ann.post(`/v1/rooms/${broken.id}/join`);
    const entries = `select 1 from audit_entries where room_id = $1 and action = 'token.unreadable'`;
    await expect.poll(() => server.database.query(entries, [broken.id])).toHaveLength(2);
  });
});

describe('changes without effect', () => {
  /** Each change is sent twice; the second request changes nothing. */
  const changes: [string, () => Promise<{ status: number }>][] = [
    [
      'of a room',
      () =>
        server.admin.patch(`/v1/rooms/${room.id}`, {
          name: 'Final',
          description: 'The last one',
          slug: 'final',
          access: 'users',
          opensAt: '2026-01-01T20:00:00+02:00',
          closesAt: null,
          capacity: 50,
          accessCode: 'popcorn',
          metadata: { a: { b: 1, c: null } },
        }),
    ],
    ['of a room that is closed', () => host.patch(`/v1/rooms/${room.id}`, { status: 'closed' })],
    [
      'of a member',
      () => host.put(`/v1/rooms/${room.id}/members/${idOf(ann)}`, { role: 'viewer' }),
    ],
    [
      'of a ban',
      () => host.put(`/v1/rooms/${room.id}/bans/${idOf(ann)}`, { until: null, reason: 'noise' }),
    ],
    ['of one’s own name', () => ann.patch('/v1/me', { displayName: 'Anna' })],
    [
      'of a user',
      () =>
        server.admin.patch(`/v1/users/${idOf(ann)}`, {
          displayName: 'Annabel',
          role: 'user',
          status: 'active',
        }),
    ],
    ['of one’s own other sessions', () => ann.delete('/v1/me/sessions')],
  ];

  it.each(changes)('a repeated change %s leaves no trace', async (_, change) => {
    const first = await change();
    const before = await traces();
    const second = await change();
    expect([first.status, second.status]).toEqual([first.status, first.status]);
    expect(first.status).toBeLessThan(300);
    expect(await traces()).toEqual(before);
  });

  it('a repeated revocation of an invite leaves no trace', async () => {
    const { id } = await invite(server, room);
    const revoke = () => server.admin.delete(`/v1/rooms/${room.id}/invites/${id}`);
    expect((await revoke()).status).toBe(204);
    const before = await traces();
    expect((await revoke()).status).toBe(204);
    expect(await traces()).toEqual(before);
  });

  it('an entry names only the fields that really changed', async () => {
    const other = await server.createRoom({ name: 'Party' });
    const change = { name: 'Party', description: 'Bring your own' };
    await server.admin.patch(`/v1/rooms/${other.id}`, change);
    const details = `select details from audit_entries where room_id = $1 and action = 'room.changed'`;
    expect(await server.database.query(details, [other.id])).toEqual([
      { details: { changed: ['description'] } },
    ]);
  });
});
