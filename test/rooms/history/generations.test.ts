import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import type { Heartbeat, JoinGrant, Room } from '../../support/shapes.js';

let people: Client[];

const server = useApp({ TOKEN_MARGIN: '1' });

beforeAll(async () => {
  people = await Promise.all(['Ann', 'Ben', 'Cara'].map((name) => server.signUp(name)));
});
async function generationOf(client: Client, room: Room): Promise<number> {
  const { body } = await client.post<Heartbeat>(`/v1/rooms/${room.id}/heartbeat`);
  return body.generation;
}

const joinAll = (room: Room) => Promise.all(people.map((client) => server.join(client, room)));
const distinct = (grants: JoinGrant[], name: 'token' | 'fingerprint' | 'generation') => [
  ...new Set(grants.map((grant) => grant[name])),
];

describe('the token of a room', () => {
  it('moves everybody inside to the same next generation, even if nobody joins again', async () => {
    const [room, empty] = [await server.createRoom(), await server.createRoom()];
    // Two tokens that are served for two seconds.
    server.cas.behave({ shortLife: 3, times: 2 });
    const first = await joinAll(room);
    const left = await server.join(server.admin, empty);
    await server.admin.post(`/v1/rooms/${empty.id}/leave`);
    expect(server.cas.stats().tokens).toBe(2);
    expect(distinct(first, 'generation')).toEqual([1]);
    expect(distinct(first, 'token')).toHaveLength(1);

    const [ann] = people as [Client];
    await expect.poll(() => generationOf(ann, room), { timeout: 10_000 }).toBe(2);
    expect(server.cas.stats().tokens).toBe(3);

    const second = await joinAll(room);
    expect(distinct(second, 'generation')).toEqual([2]);
    expect(distinct(second, 'token')).toHaveLength(1);
    expect(distinct(second, 'token')).not.toEqual(distinct(first, 'token'));
    expect(distinct(second, 'fingerprint')).toHaveLength(1);
    expect(distinct(second, 'fingerprint')).not.toEqual(distinct(first, 'fingerprint'));
    expect(second.map(({ participant }) => participant)).toEqual(
      first.map(({ participant }) => participant),
    );
    const seen = await server.admin.get<Room>(`/v1/rooms/${room.id}`);
    expect(seen.body.token).toEqual({ generation: 2, expiresAt: second[0]?.expiresAt });

    await joinAll(room);
    const holders = await server.database.query(
      `select generation, count(*)::int as people from holders
        where room_id = $1 group by generation order by generation`,
      [room.id],
    );
    expect(holders).toEqual([
      { generation: 1, people: 3 },
      { generation: 2, people: 3 },
    ]);

    // The empty room gets no new token before a person joins it.
    expect(server.cas.stats().tokens).toBe(3);
    const later = await server.join(server.admin, empty);
    expect(later.generation).toBe(2);
    expect(later.token).not.toBe(left.token);
    expect(server.cas.stats().tokens).toBe(4);
  });

  it('is served until the margin before its end, or for half of a short life', async () => {
    const short = await server.createRoom();
    server.cas.behave({ shortLife: 2, times: 1 });
    const half = await server.join(server.admin, short);
    const served = (grant: JoinGrant) =>
      (Date.parse(grant.expiresAt) - Date.parse(grant.refreshAfter)) / 1000;
    expect(served(half)).toBeCloseTo(1, 0);
    const long = await server.join(server.admin, await server.createRoom());
    expect(served(long)).toBeCloseTo(1, 0);
  });
});
