import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/platform/access/principal.js';
import { SessionsRepository } from '../../../src/users/sessions/sessions.repository.js';
import { EntryRepository } from '../../../src/rooms/join/entry.repository.js';
import { JoinService } from '../../../src/rooms/join/join.service.js';
import { useApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';
import { gatherCrowd } from '../../support/crowd.js';
import type { Room } from '../../support/shapes.js';
import { outrunLock, refuseRows, sizesOf } from '../../support/shared-statements.js';

// Joins in one turn of the event loop are written by one statement. The tests call the service as
// the controllers do, because the requests of a client would arrive in several turns.

const CROWD = 30;
const origin = { address: '127.0.0.1', device: 'test', requestId: 'test' };

let room: Room;

const server = useApp();

beforeAll(async () => {
  await refuseRows(server, 'seats', "new.display_name = 'Unlucky'");
});
afterEach(() => vi.restoreAllMocks());

beforeEach(async () => {
  room = await server.createRoom();
  await server.join(server.admin, room);
});

async function gatherCallers(size = CROWD): Promise<Caller[]> {
  const crowd = await gatherCrowd(testConfig({ DATABASE_URL: server.database.url }), size);
  const ids = await server.database.query<{ id: string }>(
    'select id from sessions where user_id = any ($1::uuid[])',
    [crowd.map(({ userId }) => userId)],
  );
  const sessions = server.app.get(SessionsRepository);
  const found = await Promise.all(ids.map(({ id }) => sessions.findLive(id)));
  return found.map((principal) => ({ ...(principal as unknown as Caller), origin }));
}

const join = (caller: Caller, displayName = caller.displayName, newName = false) =>
  server.app.get(JoinService).join(room.id, { displayName, newName }, caller);

const seatsIn = ([asks = '']: readonly string[]) => (JSON.parse(asks) as unknown[]).length;

describe('seats that are taken at the same time', () => {
  it('are written by one statement, and every caller gets their own seat', async () => {
    const callers = await gatherCallers();
    const sizes = await sizesOf('join.take-seats', seatsIn, async () => {
      const grants = await Promise.all(callers.map((caller) => join(caller)));
      const names = grants.map(({ participant }) => participant.displayName);
      expect(names).toEqual(callers.map(({ displayName }) => displayName));
      const rows = await server.database.query<{ id: string; session: string; handed: boolean }>(
        `select s.id, s.session_id as session, h.seat_id is not null as handed
           from seats s left join holders h on h.seat_id = s.id and h.generation = $2
          where s.room_id = $1`,
        [room.id, grants[0]?.generation],
      );
      const seats = new Map(rows.map((row) => [row.session, row]));
      for (const [place, { participant }] of grants.entries())
        expect(seats.get((callers[place] as Caller).sessionId)).toMatchObject({
          id: participant.id,
          handed: true,
        });
    });
    expect(sizes).toEqual([CROWD]);
  });

  it('get different names even if all callers request the same name', async () => {
    const callers = await gatherCallers();
    const grants = await Promise.all(callers.map((caller) => join(caller, 'Fan')));
    const names = grants.map(({ participant }) => participant.displayName);
    expect(new Set(names).size).toBe(CROWD);
    expect(names).toContain('Fan');
  });

  it('are given to all other callers when one seat fails', async () => {
    const callers = await gatherCallers();
    const sizes = await sizesOf('join.take-seats', seatsIn, async () => {
      const results = await Promise.allSettled(
        callers.map((caller, place) => join(caller, place === 7 ? 'Unlucky' : undefined)),
      );
      expect(results.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([7]);
    });
    // The batch is halved until the failing seat is alone; that seat is tried once more.
    expect(sizes[0]).toBe(CROWD);
    expect(sizes.filter((size) => size === 1)).toHaveLength(3);
    expect(sizes.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(CROWD)) + 2);
    const [held] = await server.database.query<{ seats: number }>(
      'select count(*)::int as seats from seats where room_id = $1',
      [room.id],
    );
    // The admin is inside too.
    expect(held).toEqual({ seats: CROWD });
  });

  it('are one seat if one sign-in joins ten times', async () => {
    const [caller] = (await gatherCallers(1)) as [Caller];
    const grants = await Promise.all(Array.from({ length: 10 }, () => join(caller)));
    expect(new Set(grants.map(({ participant }) => participant.id)).size).toBe(1);
  });

  it('are refused only to the caller who is banned between the read and the write', async () => {
    const [ann, eve, ben] = (await gatherCallers(3)) as [Caller, Caller, Caller];
    const ban = `/v1/rooms/${room.id}/bans/${eve.userId}`;
    const entries = server.app.get(EntryRepository);
    const read = entries.read.bind(entries);
    let banned: Promise<unknown> | undefined;
    vi.spyOn(entries, 'read').mockImplementation(async (...asked) => {
      const entry = await read(...asked);
      await (banned ??= server.admin.put(ban, { reason: 'spam' }));
      return entry;
    });
    const sizes = await sizesOf('join.take-seats', seatsIn, async () => {
      const results = await Promise.allSettled([ann, eve, ben].map((caller) => join(caller)));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });
    expect(sizes).toEqual([3]);
    const seats = await server.database.query('select from seats where user_id = $1', [eve.userId]);
    expect(seats).toEqual([]);
  });
});

/** Makes the seats so old that a join touches them. */
const age = () =>
  server.database.query(
    `update seats set seen_at = seen_at - interval '20 seconds' where room_id = $1`,
    [room.id],
  );

describe('seats that are touched at the same time', () => {
  it('are written by one statement, even if one seat is touched twice', async () => {
    const callers = await gatherCallers();
    const first = await Promise.all(callers.map((caller) => join(caller)));
    await age();
    const [twice] = callers as [Caller];
    const sizes = await sizesOf('join.update-seats', seatsIn, async () => {
      const again = await Promise.all([...callers, twice].map((caller) => join(caller)));
      expect(again.map(({ participant }) => participant)).toEqual(
        [...first, first[0]].map((grant) => grant?.participant),
      );
    });
    expect(sizes).toEqual([CROWD + 1]);
    const [left] = await server.database.query<{ old: number }>(
      `select count(*)::int as old from seats
        where room_id = $1 and user_id = any ($2::uuid[])
          and seen_at < clock_timestamp() - interval '15 seconds'`,
      [room.id, callers.map(({ userId }) => userId)],
    );
    expect(left).toEqual({ old: 0 });
  });
});

describe('names that are changed at the same time', () => {
  it('do not disturb other joins, even if all request the same name', async () => {
    const callers = await gatherCallers(6);
    await Promise.all(callers.map((caller) => join(caller)));
    const [, , , ...others] = callers;
    await age();
    const sizes = await sizesOf('join.update-seats', seatsIn, async () => {
      const renamed = callers.slice(0, 3).map((caller) => join(caller, 'Captain', true));
      const grants = await Promise.all([...renamed, ...others.map((caller) => join(caller))]);
      const names = grants.map(({ participant }) => participant.displayName);
      expect(new Set(names).size).toBe(6);
      expect(names.slice(3)).toEqual(others.map(({ displayName }) => displayName));
    });
    // The other seats take one statement; each new name takes its own, and one more if it was taken.
    expect(sizes.filter((size) => size > 1)).toEqual([3]);
    expect(sizes.filter((size) => size === 1).length).toBeGreaterThanOrEqual(3);
  });
});

describe('a caller whose session is locked', () => {
  it('does not delay the callers who take a seat at the same time', async () => {
    const [held, ...callers] = (await gatherCallers(5)) as [Caller, ...Caller[]];
    const order = await outrunLock(server, held.sessionId, () => {
      join(held).catch(() => undefined);
      return Promise.all(callers.map((caller) => join(caller)));
    });
    expect(order).toEqual(['others', 'lock timeout']);
  });
});
