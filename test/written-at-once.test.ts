import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../src/access/principal.js';
import { AuthService } from '../src/auth/auth.service.js';
import { SessionsRepository } from '../src/auth/sessions.repository.js';
import { EntryRepository } from '../src/join/entry.repository.js';
import { JoinService } from '../src/join/join.service.js';
import { startApp, type TestApp } from './support/app.js';
import { testConfig } from './support/config.js';
import { gatherCrowd } from './support/crowd.js';
import type { Room, SignedIn } from './support/shapes.js';

// What comes in one turn of the event loop is written by one statement: called as the controllers
// do, since requests of a client would come in several.

const CROWD = 30;
const origin = { address: '127.0.0.1', device: 'test', requestId: 'test' };

let server: TestApp;
let room: Room;

beforeAll(async () => {
  server = await startApp();
  // Whoever has this name, or this row, stands in the way of himself, each time.
  await server.database.query(
    `create function refuse() returns trigger language plpgsql as $$
       begin raise exception 'somebody else was first' using errcode = '40P01'; end $$`,
  );
  await server.database.query(
    `create trigger refuse before insert or update on seats for each row
       when (new.display_name = 'Unlucky') execute function refuse()`,
  );
  await server.database.query(
    `create trigger refuse before update on sessions for each row
       when (new.device = 'unlucky') execute function refuse()`,
  );
});
afterAll(() => server.stop());

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
  return found.map((principal) => ({ ...(principal as Caller), origin }));
}

const join = (caller: Caller, displayName = caller.displayName) =>
  server.app.get(JoinService).join(room.id, { displayName, newName: false }, caller);

/** How many rows each statement of this name wrote, or tried to. */
async function sizesOf(
  name: string,
  sizeOf: (values: readonly string[]) => number,
  work: () => Promise<unknown>,
): Promise<number[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls
      .map(([sent]) => sent as unknown as { name?: string; values: string[] })
      .filter((sent) => sent.name === name)
      .map(({ values }) => sizeOf(values));
  } finally {
    query.mockRestore();
  }
}

const seatsIn = ([asks = '']: readonly string[]) => (JSON.parse(asks) as unknown[]).length;

describe('seats that are taken at the same time', () => {
  it('are one statement, and everybody gets his own', async () => {
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

  it('get different names though all ask for the same', async () => {
    const callers = await gatherCallers();
    const grants = await Promise.all(callers.map((caller) => join(caller, 'Fan')));
    const names = grants.map(({ participant }) => participant.displayName);
    expect(new Set(names).size).toBe(CROWD);
    expect(names).toContain('Fan');
  });

  it('are given to all others when one of them fails', async () => {
    const callers = await gatherCallers();
    const sizes = await sizesOf('join.take-seats', seatsIn, async () => {
      const results = await Promise.allSettled(
        callers.map((caller, place) => join(caller, place === 7 ? 'Unlucky' : undefined)),
      );
      expect(results.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([7]);
    });
    expect(sizes).toEqual([CROWD, ...callers.map(() => 1)]);
    const [held] = await server.database.query<{ seats: number }>(
      'select count(*)::int as seats from seats where room_id = $1',
      [room.id],
    );
    // The admin is inside too.
    expect(held).toEqual({ seats: CROWD });
  });

  it('are one seat for one sign-in, however often it asks', async () => {
    const [caller] = (await gatherCallers(1)) as [Caller];
    const grants = await Promise.all(Array.from({ length: 10 }, () => join(caller)));
    expect(new Set(grants.map(({ participant }) => participant.id)).size).toBe(1);
  });

  it('are refused to whoever is banned between the read and the write, and to nobody else', async () => {
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

describe('seats that are touched at the same time', () => {
  const age = () =>
    server.database.query(
      `update seats set seen_at = seen_at - interval '20 seconds' where room_id = $1`,
      [room.id],
    );

  it('are one statement, in which each seat is written once', async () => {
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
    expect(sizes).toEqual([CROWD, 1]);
    const [left] = await server.database.query<{ old: number }>(
      `select count(*)::int as old from seats
        where room_id = $1 and user_id = any ($2::uuid[])
          and seen_at < clock_timestamp() - interval '15 seconds'`,
      [room.id, callers.map(({ userId }) => userId)],
    );
    expect(left).toEqual({ old: 0 });
  });
});

describe('refresh tokens that are used at the same time', () => {
  const rotationsIn = ([ids]: readonly unknown[]) => (ids as unknown[]).length;
  const refresh = (refreshToken: string) =>
    server.app.get(AuthService).refresh(refreshToken, origin);

  async function signInAll(size: number): Promise<SignedIn[]> {
    const clients = await Promise.all(
      Array.from({ length: size }, (_, place) => server.signUp(`Fan ${place}`)),
    );
    return clients.map(({ signedIn }) => signedIn as SignedIn);
  }

  it('are one statement, and everybody gets his own successor', async () => {
    const people = await signInAll(10);
    const sizes = await sizesOf('sessions.rotate', rotationsIn, async () => {
      const next = await Promise.all(people.map(({ refreshToken }) => refresh(refreshToken)));
      expect(next.map(({ user }) => user.id)).toEqual(people.map(({ user }) => user.id));
      const after = await Promise.all(next.map(({ refreshToken }) => refresh(refreshToken)));
      expect(after.map(({ user }) => user.id)).toEqual(people.map(({ user }) => user.id));
    });
    expect(sizes).toEqual([10, 10]);
  });

  it('give one successor where one of them is used many times', async () => {
    const people = await signInAll(3);
    const tokens = people.flatMap(({ refreshToken }) => Array<string>(5).fill(refreshToken));
    const next = await Promise.all(tokens.map((token) => refresh(token)));
    expect(new Set(next.map(({ refreshToken }) => refreshToken)).size).toBe(3);
  });

  it('are exchanged for all others when one of them fails', async () => {
    const people = await signInAll(5);
    await server.database.query(
      `alter table sessions disable trigger refuse;
       update sessions set device = 'unlucky' where user_id = '${people[2]?.user.id}';
       alter table sessions enable trigger refuse`,
    );
    const results = await Promise.allSettled(
      people.map(({ refreshToken }) => refresh(refreshToken)),
    );
    expect(results.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([2]);
  });
});
