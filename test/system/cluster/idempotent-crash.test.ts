import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, type Replica, startCluster, startReplica } from '../../support/cluster.js';
import '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';
import { type Stall, stallFirstRoom } from '../../support/stall.js';

let cluster: Cluster;
let doomed: Replica;
let stall: Stall;

beforeAll(async () => {
  cluster = await startCluster(1);
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  // Postgres must not end the stalled transaction by a limit of its own.
  doomed = await startReplica({ ...cluster.environment, DATABASE_POOLED: 'on' });
});
afterEach(async () => {
  await doomed.stop('SIGKILL');
  await stall.end();
});

const create = (name: string, by: Client) =>
  by.post<Room>('/v1/rooms', { name }, { 'idempotency-key': name });

async function roomsCalled(name: string): Promise<string[]> {
  const { body } = await cluster.admin.get<List<Room>>(`/v1/rooms?search=${name}`);
  return body.items.map(({ id }) => id);
}

/** Kills the server at a point of the request; Postgres continues up to that point. */
async function crash(name: string, where: Parameters<typeof stallFirstRoom>[1]): Promise<void> {
  stall = await stallFirstRoom(cluster.database, where);
  const lost = create(name, new Client(doomed.url, cluster.admin.signedIn)).catch(() => 'lost');
  await stall.reached();
  await doomed.stop('SIGKILL');
  expect(await lost).toBe('lost');
  await stall.release();
}

const declareDead = () =>
  cluster.database.query(
    "update idempotency_marks set claimed_at = claimed_at - interval '31 seconds'",
  );

describe('a killed server', () => {
  it('a server killed after the commit of the room leaves its answer to a repeated request', async () => {
    await crash('committed', 'at its commit');
    await expect.poll(() => roomsCalled('committed'), { timeout: 10_000 }).toHaveLength(1);
    const [id] = await roomsCalled('committed');
    const again = await create('committed', cluster.admin);
    expect(again.status).toBe(201);
    expect(again.body.id).toBe(id);
    expect(again.headers.get('location')).toBe(`/v1/rooms/${id}`);
    await declareDead();
    expect((await create('committed', cluster.admin)).body).toEqual(again.body);
    expect(await roomsCalled('committed')).toEqual([id]);
  });

  it('a server killed before the commit of the room leaves only a mark, which expires after 30 s', async () => {
    await crash('begun', 'before the room');
    expect(await create('begun', cluster.admin)).toBeProblem(409, 'idempotency_in_flight');
    expect(await roomsCalled('begun')).toEqual([]);
    await declareDead();
    const again = await create('begun', cluster.admin);
    expect(again.status).toBe(201);
    expect(await roomsCalled('begun')).toEqual([again.body.id]);
  });
});
