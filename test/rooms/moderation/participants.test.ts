import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { JoinGrant, List, Room } from '../../support/shapes.js';

interface Participant {
  readonly id: string;
  readonly displayName: string;
  readonly userId?: string;
}

let host: Client;
let ann: Client;
let ben: Client;
let room: Room;
let grants: JoinGrant[];

const server = useApp();

beforeAll(async () => {
  [host, ann, ben] = await Promise.all([
    server.signUp('Host'),
    server.signUp('Ann'),
    server.signUp('Ben'),
  ]);
  room = await server.createRoom();
  await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
  grants = [await server.join(ann, room), await server.join(ben, room)];
});
const list = (by: Client, of: Room = room, query = '') =>
  by.get<List<Participant>>(`/v1/rooms/${of.id}/participants?${query}`);
const kick = (by: Client, target: Client, of: Room = room) =>
  by.delete(`/v1/rooms/${of.id}/participants/${idOf(target)}`);

describe('the participants of a room', () => {
  it('are shown to administrators and hosts with all fields', async () => {
    for (const by of [server.admin, host]) {
      const { status, body } = await list(by);
      expect(status).toBe(200);
      expect(body).toEqual({
        items: grants.map(({ participant }, index) => ({
          ...participant,
          userId: idOf(index === 0 ? ann : ben),
          joinedAt: expect.stringMatching(/Z$/),
          seenAt: expect.stringMatching(/Z$/),
          generation: 1,
        })),
        nextCursor: null,
      });
    }
  });

  it('are shown to each other with id, name and role only', async () => {
    const { body } = await list(ann);
    expect(body.items).toEqual(grants.map(({ participant }) => participant));
  });

  it('are not shown to people without a seat', async () => {
    const members = await server.createRoom({ access: 'members' });
    const cara = await server.signUp('Cara');
    expect(await list(cara)).toBeProblem(409, 'not_in_room');
    expect(await list(cara, members)).toBeProblem(404, 'not_found');
    await server.join(cara, room);
    await cara.post(`/v1/rooms/${room.id}/leave`);
    expect(await list(cara)).toBeProblem(409, 'not_in_room');
    await server.admin.put(`/v1/rooms/${room.id}/bans/${idOf(cara)}`, {});
    expect(await list(cara)).toBeProblem(403, 'banned');
  });

  it('are only people whose seat has not expired', async () => {
    const other = await server.createRoom();
    await server.join(ann, other);
    await server.join(ben, other);
    await server.database.query(
      `update seats set seen_at = clock_timestamp() - interval '91 s'
        where room_id = $1 and user_id = $2`,
      [other.id, idOf(ben)],
    );
    const { items } = (await list(server.admin, other)).body;
    expect(items.map(({ userId }) => userId)).toEqual([idOf(ann)]);
    expect(await list(ben, other)).toBeProblem(409, 'not_in_room');
  });

  it('are listed in pages', async () => {
    const first = (await list(server.admin, room, 'limit=1')).body;
    const next = `limit=1&cursor=${first.nextCursor}`;
    const second = (await list(server.admin, room, next)).body;
    const ids = [first, second].flatMap(({ items }) => items.map(({ id }) => id));
    expect(ids).toEqual(grants.map(({ participant }) => participant.id));
    expect(second.nextCursor).toBeNull();
  });
});

describe('a kick', () => {
  it('ends all seats of a person, who may join again', async () => {
    const other = await server.createRoom();
    await server.join(ann, other);
    await server.join(ben, other);
    expect((await kick(server.admin, ben, other)).status).toBe(204);
    const left = (await list(server.admin, other)).body.items;
    expect(left.map(({ userId }) => userId)).toEqual([idOf(ann)]);
    expect(await ben.post(`/v1/rooms/${other.id}/heartbeat`)).toBeProblem(409, 'not_in_room');
    expect(await kick(server.admin, ben, other)).toBeProblem(404, 'not_found');
    const again = await server.join(ben, other);
    expect(again.generation).toBe(1);
    expect(again.participant.displayName).toBe('Ben');
  });

  it('of a person whose seat has expired is refused as not found', async () => {
    const other = await server.createRoom();
    await server.join(ben, other);
    await server.database.query(
      `update seats set seen_at = clock_timestamp() - interval '91 s' where room_id = $1`,
      [other.id],
    );
    expect(await kick(server.admin, ben, other)).toBeProblem(404, 'not_found');
  });

  it('is recorded in the audit trail and in the feed of the kicked person', async () => {
    const other = await server.createRoom();
    await server.join(ben, other);
    await kick(server.admin, ben, other);
    const path = `/v1/audit?roomId=${other.id}&action=participant.kicked`;
    const { items } = (await server.admin.get<List<object>>(path)).body;
    expect(items).toEqual([
      expect.objectContaining({ actorId: idOf(server.admin), userId: idOf(ben), details: {} }),
    ]);
    const events = `select user_id, data from room_events where room_id = $1 and type = 'removed'`;
    expect(await server.database.query(events, [other.id])).toEqual([
      { user_id: idOf(ben), data: { reason: 'kicked' } },
    ]);
  });

  it('is for hosts and administrators only, who may also kick each other', async () => {
    expect(await kick(ann, ben)).toBeProblem(403, 'forbidden');
    await server.join(server.admin, room);
    expect((await kick(host, server.admin)).status).toBe(204);
    const answer = await host.delete(`/v1/rooms/${room.id}/participants/${idOf(ben)}?rekey=yes`);
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['rekey']);
    expect((await list(host)).body.items).toHaveLength(2);
  });
});
