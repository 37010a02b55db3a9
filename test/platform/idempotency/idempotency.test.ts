import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { IdempotencyService } from '../../../src/platform/idempotency/idempotency.service.js';
import { useApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { List, Room, User } from '../../support/shapes.js';

let otherAdmin: Client;

const server = useApp();

beforeAll(async () => {
  otherAdmin = await server.signUp();
  await server.admin.patch(`/v1/users/${otherAdmin.signedIn?.user.id}`, { role: 'admin' });
});
let keys = 0;
const newKey = () => `key ${(keys += 1)}`;
const account = (email: string) => ({ email, password: 'quite a secret', displayName: 'Ann' });

const createRoom = (key: string, body: Record<string, unknown>, by: Client = server.admin) =>
  by.post<Room>('/v1/rooms', body, { 'idempotency-key': key });
const createUser = (key: string, body: Record<string, unknown>) =>
  server.admin.post<User>('/v1/users', body, { 'idempotency-key': key });

async function roomsCalled(name: string): Promise<number> {
  return (await server.admin.get<List<Room>>(`/v1/rooms?search=${name}`)).body.items.length;
}

const contentsOf = ({ status, headers, body }: Answer<unknown>) => ({
  status,
  body,
  location: headers.get('location'),
  etag: headers.get('etag'),
  type: headers.get('content-type'),
});

/** Makes a mark older by the clock of the database. */
const age = (seconds: number, assignments = '') =>
  server.database.query(
    `update idempotency_marks set claimed_at = claimed_at - make_interval(secs => $1) ${assignments}`,
    [seconds],
  );
const loseAnswers = ', answer = null, answer_key_id = null';

/** Blocks the creation of rooms while `work` runs. */
async function whileRoomsAreLocked(work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  try {
    await client.query('begin; lock table rooms in exclusive mode');
    await work();
    await client.query('commit');
  } finally {
    await client.end();
  }
}

describe('a request that is sent again with its Idempotency-Key', () => {
  it('a repeated request gets the same answer, and creates no second room', async () => {
    const key = newKey();
    const body = { name: 'Replayed', opensAt: '2036-05-30T18:00:00Z', metadata: { a: 1, b: 2 } };
    const first = await createRoom(key, body);
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`/v1/rooms/${first.body.id}`);
    expect(first.headers.get('etag')).toBe('"1"');
    const plain = await server.admin.post<Room>('/v1/rooms', { name: 'Plain' });
    expect(first.headers.get('content-type')).toBe(plain.headers.get('content-type'));
    await server.admin.patch(`/v1/rooms/${first.body.id}`, { description: 'changed since' });
    for (const again of [await createRoom(key, body), await createRoom(key, body)])
      expect(contentsOf(again)).toEqual(contentsOf(first));
    expect(await roomsCalled('Replayed')).toBe(1);
  });

  it('a repeated request is the same in whatever order its fields come', async () => {
    const key = newKey();
    const first = await createRoom(key, { name: 'Order', metadata: { a: 1, b: [{ c: 1, d: 2 }] } });
    const again = await createRoom(key, { metadata: { b: [{ d: 2, c: 1 }], a: 1 }, name: 'Order' });
    expect(contentsOf(again)).toEqual(contentsOf(first));
  });

  it('a repeated request creates no second user', async () => {
    const key = newKey();
    const first = await createUser(key, account('once@example.org'));
    expect(first.status).toBe(201);
    expect(contentsOf(await createUser(key, account('once@example.org')))).toEqual(
      contentsOf(first),
    );
  });

  it('a repeated request gets the same conflict, even if it would succeed by now', async () => {
    const taken = await server.createRoom({ slug: 'idempotent' });
    const key = newKey();
    const body = { name: 'Refused', slug: 'idempotent' };
    const first = await createRoom(key, body);
    expect(first).toBeProblem(409, 'slug_taken');
    await server.admin.delete(`/v1/rooms/${taken.id}`);
    const again = await createRoom(key, body);
    expect(again).toBeProblem(409, 'slug_taken');
    const requestId = again.headers.get('x-request-id');
    expect(again.body).toEqual({ ...first.body, requestId });
    expect((await createRoom(newKey(), body)).status).toBe(201);
  });

  it('a repeated request is executed again after 24 hours', async () => {
    const key = newKey();
    const { body: first } = await createRoom(key, { name: 'Yesterday' });
    await age(24 * 3600 - 60);
    expect((await createRoom(key, { name: 'Yesterday' })).body.id).toBe(first.id);
    await age(60);
    const second = await createRoom(key, { name: 'Today' });
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.id);
    expect((await createRoom(key, { name: 'Today' })).body.id).toBe(second.body.id);
  });
});

describe('a different request with the same Idempotency-Key', () => {
  it('a request that differs in any part is refused', async () => {
    const key = newKey();
    await createRoom(key, { name: 'Mine' });
    for (const body of [{ name: 'Other' }, { name: 'Mine', capacity: 5 }, {}])
      expect(await createRoom(key, body)).toBeProblem(409, 'idempotency_key_reused');
    expect(await roomsCalled('Other')).toBe(0);
    const userKey = newKey();
    await createUser(userKey, account('reused@example.org'));
    const otherPassword = { ...account('reused@example.org'), password: 'another secret' };
    expect(await createUser(userKey, otherPassword)).toBeProblem(409, 'idempotency_key_reused');
  });

  it('a request of another caller or at another route is independent', async () => {
    const key = newKey();
    const body = { name: 'Independent' };
    const [mine, foreign] = [await createRoom(key, body), await createRoom(key, body, otherAdmin)];
    expect([mine.status, foreign.status]).toEqual([201, 201]);
    expect(mine.body.id).not.toBe(foreign.body.id);
    expect((await createUser(key, account('independent@example.org'))).status).toBe(201);
    expect((await createRoom(key, body, otherAdmin)).body.id).toBe(foreign.body.id);
  });
});

describe('a request whose first attempt is in flight', () => {
  it('a repeated request gets 409 while the first is in flight, and only the first creates the room', async () => {
    const key = newKey();
    const body = { name: 'Twice' };
    let first: Promise<Answer<Room>> | undefined;
    await whileRoomsAreLocked(async () => {
      first = createRoom(key, body);
      await sleep(200);
      const second = await createRoom(key, body);
      const problem = expectProblem(second, 409, 'idempotency_in_flight');
      expect(problem.retryAfter).toBe(1);
      expect(second.headers.get('retry-after')).toBe('1');
      expect(await createRoom(key, { name: 'Else' })).toBeProblem(409, 'idempotency_key_reused');
    });
    const made = await first;
    expect(made?.status).toBe(201);
    expect((await createRoom(key, body)).body.id).toBe(made?.body.id);
    expect(await roomsCalled('Twice')).toBe(1);
  });

  it('simultaneous repeated requests create one room', async () => {
    const key = newKey();
    const all = await Promise.all(
      Array.from({ length: 30 }, () => createRoom(key, { name: 'Crowd' })),
    );
    const made = all.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    for (const answer of all)
      if (answer.status !== 201) expect(answer).toBeProblem(409, 'idempotency_in_flight');
    expect(await roomsCalled('Crowd')).toBe(1);
  });

  it('a repeated request is executed again after 30 seconds, because its first attempt has crashed', async () => {
    const key = newKey();
    const body = { name: 'Crashed' };
    const { body: lost } = await createRoom(key, body);
    await age(25, loseAnswers);
    expect(await createRoom(key, body)).toBeProblem(409, 'idempotency_in_flight');
    await age(6);
    expect(await createRoom(key, { name: 'Else' })).toBeProblem(409, 'idempotency_key_reused');
    const taken = await createRoom(key, body);
    expect(taken.status).toBe(201);
    expect(taken.body.id).not.toBe(lost.id);
    expect((await createRoom(key, body)).body.id).toBe(taken.body.id);
  });

  it('the answer of a successor is kept when the overtaken attempt finishes late', async () => {
    const service = server.app.get(IdempotencyService, { strict: false });
    const userId = server.admin.signedIn?.user.id ?? '';
    const attempt = { userId, route: 'POST /nowhere', key: newKey(), request: {} };
    const claim = async () => (await service.claim(attempt)) as { claim: never };
    const early = await claim();
    await age(31);
    const late = await claim();
    await service.release(early.claim);
    await service.keep(late.claim, { status: 201, headers: {}, body: '"late"' });
    const lost = service.keep(early.claim, { status: 201, headers: {}, body: '"early"' });
    await expect(lost).rejects.toMatchObject({ code: 'idempotency_in_flight' });
    await service.release(early.claim);
    expect(await service.claim(attempt)).toMatchObject({ answer: { body: '"late"' } });
  });
});

describe('a request that failed', () => {
  it('a request that failed with a 5xx is executed again', async () => {
    const key = newKey();
    const body = { name: 'Failed' };
    const forbid = `alter table audit_entries add constraint none check (action = '-') not valid`;
    await server.database.query(forbid);
    expect(await createRoom(key, body)).toBeProblem(500, 'internal_error');
    await server.database.query('alter table audit_entries drop constraint none');
    expect((await createRoom(key, body)).status).toBe(201);
    expect(await roomsCalled('Failed')).toBe(1);
  });

  it('a request that was not valid can be corrected under the same key', async () => {
    const key = newKey();
    expect(await createRoom(key, { name: '' })).toBeProblem(400, 'invalid_request');
    expect((await createRoom(key, { name: 'Corrected' })).status).toBe(201);
  });

  it('a request that the caller may not make leaves no key', async () => {
    const user = await server.signUp();
    const key = newKey();
    expect(await createRoom(key, { name: 'A' }, user)).toBeProblem(403, 'forbidden');
    await server.admin.patch(`/v1/users/${user.signedIn?.user.id}`, { role: 'admin' });
    expect((await createRoom(key, { name: 'B' }, user)).status).toBe(201);
  });
});
