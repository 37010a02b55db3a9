import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { DeletedRoomsRepository } from '../../../src/rooms/history/deleted-rooms.repository.js';
import { HoldersRepository } from '../../../src/rooms/history/holders.repository.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { JoinGrant, List, Room } from '../../support/shapes.js';
import { changeTokenRow } from '../../support/token-rows.js';

interface Generation {
  readonly generation: number;
  readonly fingerprint: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly reason: string | null;
}
interface Holder {
  readonly userId: string;
  readonly displayName: string;
  readonly generation: number;
  readonly at: string;
}

const DAY = 86_400;
let ann: Client;
let ben: Client;

const server = useApp({ RATE_LIMITS: 'off' });

beforeAll(async () => {
  [ann, ben] = [await server.signUp('Ann'), await server.signUp('Ben')];
});
const rekey = ({ id }: Room) => server.admin.post(`/v1/rooms/${id}/rekey`, { reason: 'a test' });
const read = async <Item>({ id }: Room, list: string, query = '') =>
  (await server.admin.get<List<Item>>(`/v1/rooms/${id}/${list}?${query}`)).body;
const generations = async (room: Room, query = '') =>
  (await read<Generation>(room, 'generations', query)).items;
const holders = async (room: Room, query = '') =>
  (await read<Holder>(room, 'holders', query)).items;

/** Changes the rows as if the current token had ended a minute ago. */
async function expire(room: Room): Promise<void> {
  const ended = `serve_until = clock_timestamp() - interval '1 min'`;
  await changeTokenRow(server.database, room.id, ended);
  await server.database.query(
    `update room_generations set ${ended}, started_at = clock_timestamp() - interval '2 min'
      where room_id = $1 and generation = (select generation from room_tokens where room_id = $1)`,
    [room.id],
  );
}

const pick = ({ generation, reason }: Generation) => [generation, reason];

describe('the generations of a room', () => {
  it('are listed with the time and the reason of their end', async () => {
    const room = await server.createRoom();
    expect(await generations(room)).toEqual([]);
    const grants: JoinGrant[] = [await server.join(ann, room)];
    expect((await generations(room)).map(pick)).toEqual([[1, null]]);
    await rekey(room);
    grants.push(await server.join(ann, room));
    await ann.post(`/v1/rooms/${room.id}/leave`);
    await expire(room);
    const seen = await generations(room);
    expect(seen.map(pick)).toEqual([
      [2, 'expired'],
      [1, 'rekey'],
    ]);
    // An empty room gets no new token at once, so its generation ended when serving ended.
    grants.push(await server.join(ben, room));
    const [third, second, first] = await generations(room);
    expect([third, second, first].map((each) => each && pick(each))).toEqual([
      [3, null],
      [2, 'expired'],
      [1, 'rekey'],
    ]);
    expect([first, second, third].map((each) => each?.fingerprint)).toEqual(
      grants.map(({ fingerprint }) => fingerprint),
    );
    expect(third?.endedAt).toBeNull();
    expect(second?.endedAt).toBe(seen[0]?.endedAt);
    const gap = Date.parse(third?.startedAt ?? '') - Date.parse(second?.endedAt ?? '');
    expect(gap).toBeGreaterThanOrEqual(60_000);
    expect(first?.endedAt).toBe(second?.startedAt);
  });

  it('that an older version wrote end when the next generation starts', async () => {
    const room = await server.createRoom();
    await server.join(ann, room);
    await rekey(room);
    await server.database.query(
      'update room_generations set serve_until = null where room_id = $1',
      [room.id],
    );
    const [second, first] = await generations(room);
    expect(first).toMatchObject({ endedAt: second?.startedAt, reason: 'rekey' });
    expect(second).toMatchObject({ endedAt: null, reason: null });
  });

  it('are listed in pages', async () => {
    const room = await server.createRoom();
    await server.join(ann, room);
    for (let round = 0; round < 2; round += 1) await rekey(room);
    const first = await read<Generation>(room, 'generations', 'limit=2');
    const next = `limit=2&cursor=${first.nextCursor}`;
    const second = await read<Generation>(room, 'generations', next);
    const pages = [first, second].map(({ items }) => items.map(({ generation }) => generation));
    expect(pages).toEqual([[3, 2], [1]]);
    expect(second.nextCursor).toBeNull();
    const cursor = Buffer.from(room.id).toString('base64url');
    const answer = await server.admin.get(`/v1/rooms/${room.id}/generations?cursor=${cursor}`);
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['cursor']);
  });
});

describe('the holders of the tokens of a room', () => {
  let room: Room;

  beforeAll(async () => {
    room = await server.createRoom();
    await server.join(ann, room, { displayName: 'Annie' });
    await server.join(ben, room);
    await rekey(room);
    await server.join(ann, room);
  });

  it('are listed with their generation and the time at which they got it', async () => {
    const at = expect.stringMatching(/^\d{4}-.+Z$/);
    expect(await holders(room)).toEqual([
      { userId: idOf(ann), displayName: 'Annie', generation: 2, at },
      { userId: idOf(ben), displayName: 'Ben', generation: 1, at },
      { userId: idOf(ann), displayName: 'Annie', generation: 1, at },
    ]);
  });

  it('can be filtered by generation and by user', async () => {
    const names = async (query: string) =>
      (await holders(room, query)).map(
        ({ displayName, generation }) => `${displayName} ${generation}`,
      );
    expect(await names('generation=1')).toEqual(['Ben 1', 'Annie 1']);
    expect(await names(`userId=${idOf(ann)}`)).toEqual(['Annie 2', 'Annie 1']);
    expect(await names(`userId=${idOf(ann)}&generation=1`)).toEqual(['Annie 1']);
    expect(await names('generation=9')).toEqual([]);
    for (const query of ['generation=0', 'generation=x', 'userId=x', 'cursor=MQ'])
      expect(await server.admin.get(`/v1/rooms/${room.id}/holders?${query}`)).toBeProblem(
        400,
        'invalid_request',
      );
  });

  it('are listed in pages, with and without a filter', async () => {
    const walk = async (filter: string) => {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = `limit=1&${filter}${cursor && `&cursor=${cursor}`}`;
        const page: List<Holder> = await read<Holder>(room, 'holders', query);
        seen.push(...page.items.map((item) => `${item.displayName} ${item.generation}`));
        cursor = page.nextCursor;
      }
      return seen;
    };
    expect(await walk('')).toEqual(['Annie 2', 'Ben 1', 'Annie 1']);
    expect(await walk('generation=1')).toEqual(['Ben 1', 'Annie 1']);
  });
});

describe('the purge of the history', () => {
  const purge = async () => {
    const find = { strict: false } as const;
    await server.app.get(HoldersRepository, find).purge(90 * DAY);
    await server.app.get(DeletedRoomsRepository, find).purge(90 * DAY);
  };
  const days = (count: number) => `clock_timestamp() - interval '${count} days'`;
  const countOf = async (table: string, { id }: Room, column = 'room_id') => {
    const query = `select count(*)::int as count from ${table} where ${column} = $1`;
    return (await server.database.query<{ count: number }>(query, [id]))[0]?.count;
  };

  it('deletes holders after 90 days, and keeps newer holders and the generations', async () => {
    const room = await server.createRoom();
    await server.join(ann, room);
    await server.join(ben, room);
    // More than one batch.
    await server.database.query(
      `insert into holders (room_id, generation, seat_id, user_id, display_name, at)
       select room_id, generation, gen_random_uuid(), user_id, 'Old', ${days(91)}
         from holders, generate_series(1, 2100) where room_id = $1 and user_id = $2`,
      [room.id, idOf(ann)],
    );
    await server.database.query(
      `update holders set at = ${days(89)} where room_id = $1 and user_id = $2 and display_name = 'Ben'`,
      [room.id, idOf(ben)],
    );
    await purge();
    expect((await holders(room)).map(({ displayName }) => displayName).sort()).toEqual([
      'Ann',
      'Ben',
    ]);
    expect(await generations(room)).toHaveLength(1);
  });

  it('deletes a room with its history 90 days after its deletion, and not before', async () => {
    const [old, recent, living] = [
      await server.createRoom(),
      await server.createRoom(),
      await server.createRoom(),
    ];
    for (const room of [old, recent, living]) {
      await server.join(ann, room);
      await server.admin.put(`/v1/rooms/${room.id}/bans/${idOf(ben)}`, {});
      await server.database.query(`update holders set at = ${days(91)} where room_id = $1`, [
        room.id,
      ]);
    }
    for (const room of [old, recent]) await server.admin.delete(`/v1/rooms/${room.id}`);
    const age = (room: Room, count: number) =>
      server.database.query(`update rooms set deleted_at = ${days(count)} where id = $1`, [
        room.id,
      ]);
    await age(old, 91);
    await age(recent, 89);
    await purge();
    const counts = async (room: Room) => [
      await countOf('rooms', room, 'id'),
      await countOf('room_generations', room),
      await countOf('bans', room),
    ];
    expect(await counts(old)).toEqual([0, 0, 0]);
    expect(await counts(recent)).toEqual([1, 1, 1]);
    expect(await counts(living)).toEqual([1, 1, 1]);
    // The audit trail still has its entries about the deleted room.
    const trail = await server.admin.get<List<unknown>>(`/v1/audit?roomId=${old.id}`);
    expect(trail.body.items.length).toBeGreaterThan(1);
  });

  it('keeps a deleted room while it keeps a holder of its tokens', async () => {
    const room = await server.createRoom();
    await server.join(ann, room);
    await server.admin.delete(`/v1/rooms/${room.id}`);
    await server.database.query(`update rooms set deleted_at = ${days(91)} where id = $1`, [
      room.id,
    ]);
    await purge();
    expect(await countOf('rooms', room, 'id')).toBe(1);
  });
});
