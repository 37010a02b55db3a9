import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';
import { type Stall, stallFirstRoom, waiting } from '../../support/stall.js';

let stall: Stall;
let body: { name: string; slug?: string };
let attempts = 0;

// The database has no limits of its own, which would end a stalled transaction first.
const server = useApp({ DATABASE_POOLED: 'on' });
beforeEach(() => {
  body = { name: `Room ${(attempts += 1)}` };
});
afterEach(() => stall.end());

const create = (key = body.name): Promise<Answer<Room>> =>
  server.admin.post<Room>('/v1/rooms', body, { 'idempotency-key': key });

async function roomsMade(): Promise<string[]> {
  const { body: list } = await server.admin.get<List<Room>>(`/v1/rooms?search=${body.name}`);
  return list.items.filter(({ name }) => name === body.name).map(({ id }) => id);
}

const PATIENT = { timeout: 10_000 };

const waitingForTheCommit = () => waiting(server.database, 'transactionid');

const declareDead = () =>
  server.database.query(
    "update idempotency_marks set claimed_at = claimed_at - interval '31 seconds'",
  );

describe('an attempt that was declared dead, but continues', () => {
  beforeEach(async () => {
    stall = await stallFirstRoom(server.database, 'before the room');
  });

  /** Returns the answers of an attempt that stalls for more than 30 s and of its retry in between. */
  async function overtake() {
    const early = create();
    await stall.reached();
    await declareDead();
    const late = await create();
    await stall.release();
    return { early: await early, late };
  }

  it('a slow first request, whose retry was answered already, creates no second room', async () => {
    const { early, late } = await overtake();
    expect(late.status).toBe(201);
    expect(expectProblem(early, 409, 'idempotency_in_flight').retryAfter).toBe(1);
    for (const name of ['location', 'etag']) expect(early.headers.get(name)).toBeNull();
    expect(await roomsMade()).toEqual([late.body.id]);
    expect((await create()).body).toEqual(late.body);
  });

  it('an overtaken attempt gets idempotency_in_flight, although its retry has taken the slug', async () => {
    body = { ...body, slug: 'overtaken' };
    const { early, late } = await overtake();
    expect(late.status).toBe(201);
    expect(early).toBeProblem(409, 'idempotency_in_flight');
    expect((await create()).body).toEqual(late.body);
  });

  it('an overtaken attempt creates no room while its retry is still running', async () => {
    const early = create();
    await stall.reached();
    await declareDead();
    // The retry has claimed the mark and is not finished.
    const claim = 'update idempotency_marks set claim_id = gen_random_uuid()';
    await server.database.query(`${claim}, claimed_at = clock_timestamp()`);
    await stall.release();
    expect(await early).toBeProblem(409, 'idempotency_in_flight');
    expect(await create()).toBeProblem(409, 'idempotency_in_flight');
    expect(await roomsMade()).toEqual([]);
  });
});

describe('an attempt with a slow commit', () => {
  beforeEach(async () => {
    stall = await stallFirstRoom(server.database, 'at its commit');
  });

  it('a retry waits for the commit, even if the attempt was declared dead meanwhile', async () => {
    const birth = 'alter table idempotency_marks alter claimed_at set default clock_timestamp()';
    await server.database.query(`${birth} - interval '31 seconds'`);
    const early = create();
    await stall.reached();
    const late = create();
    await expect.poll(waitingForTheCommit, PATIENT).toBe(1);
    await stall.release();
    expect((await early).status).toBe(201);
    expect((await late).body).toEqual((await early).body);
    expect(await roomsMade()).toHaveLength(1);
    await server.database.query(birth);
  });

  it('a retry finds the commit, although the server never received its answer', async () => {
    const early = create();
    await stall.reached();
    expect(await early).toBeProblem(503, 'database_unavailable');
    // The server handles the failure before the commit is finished.
    await expect.poll(waitingForTheCommit, PATIENT).toBe(1);
    await stall.release();
    await expect.poll(roomsMade, PATIENT).toHaveLength(1);
    await expect.poll(waitingForTheCommit, PATIENT).toBe(0);
    const again = await create();
    expect(again.status).toBe(201);
    expect(await roomsMade()).toEqual([again.body.id]);
  });
});

describe('an attempt whose commit fails', () => {
  it('a failed commit creates nothing, returns no Location, and may be retried', async () => {
    stall = await stallFirstRoom(server.database, 'at its commit');
    const early = create();
    await stall.reached();
    await server.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event = 'advisory'`,
    );
    const failed = await early;
    expect(failed).toBeProblem(503, 'database_unavailable');
    for (const name of ['location', 'etag']) expect(failed.headers.get(name)).toBeNull();
    expect(await roomsMade()).toEqual([]);
    await expect.poll(async () => (await create()).status, PATIENT).toBe(201);
    expect(await roomsMade()).toHaveLength(1);
  });
});
