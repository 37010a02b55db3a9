import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd, joinAs } from '../../support/crowd.js';
import type { JoinGrant, ProblemBody, Room } from '../../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../../support/token-rows.js';

let cluster: Cluster;
let crowd: Face[];

beforeAll(async () => {
  cluster = await startCluster(3);
  crowd = await gatherCrowd(testConfig(cluster.environment), 90);
});
afterAll(() => cluster.stop());

const urlOf = (index: number) => cluster.replicas[index % cluster.replicas.length]?.url ?? '';

async function createRoom(): Promise<Room> {
  const room = { name: 'Final', access: 'users' };
  return (await cluster.admin.post<Room>('/v1/rooms', room)).body;
}

/** Re-keys as the admin, through one of the replicas. */
function rekey(room: Room, index: number, generation: number) {
  const client = new Client(urlOf(index), cluster.admin.signedIn);
  const body = { reason: 'a test', generation };
  return client.post<{ generation: number } & ProblemBody>(`/v1/rooms/${room.id}/rekey`, body);
}

/** Ends the pause after a re-key. */
const endPause = (room: Room) =>
  changeTokenRow(cluster.database, room.id, `rekeyed_at = rekeyed_at - interval '10 s'`);

interface Seen {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly generation: number;
  readonly token: string;
}

async function join(face: Face, index: number, room: Room): Promise<Seen> {
  const startedAt = performance.now();
  const { status, body } = await joinAs<JoinGrant>(urlOf(index), face, room.id);
  expect(status).toBe(200);
  const { generation, token } = body;
  return { startedAt, endedAt: performance.now(), generation, token };
}

/** Joins everybody repeatedly, each time at another replica, until the work is done. */
function keepJoining(room: Room, isOver: () => boolean): Promise<Seen[]> {
  const walks = crowd.slice(0, 30).map(async (face, person) => {
    const seen: Seen[] = [];
    for (let step = 0; !isOver(); step += 1) seen.push(await join(face, person + step, room));
    return seen;
  });
  return Promise.all(walks).then((each) => each.flat());
}

/** Returns the joins that saw an older generation than a join that had ended before. */
function goingBack(joins: readonly Seen[]): Seen[] {
  const byEnd = joins.toSorted((a, b) => a.endedAt - b.endedAt);
  const byStart = joins.toSorted((a, b) => a.startedAt - b.startedAt);
  let [index, largest] = [0, 0];
  return byStart.filter(({ startedAt, generation }) => {
    for (; (byEnd[index]?.endedAt ?? Infinity) < startedAt; index += 1)
      largest = Math.max(largest, byEnd[index]?.generation ?? 0);
    return generation < largest;
  });
}

describe('twenty re-keys of the same generation, over three replicas', () => {
  it('simultaneous re-keys make one new token by one call, and no join sees an older generation', async () => {
    const room = await createRoom();
    await Promise.all(crowd.map((face, index) => join(face, index, room)));
    for (let present = 1; present <= 3; present += 1) {
      await endPause(room);
      cluster.cas.reset();
      cluster.cas.behave({ delay: 300 });
      let over = false;
      const joining = keepJoining(room, () => over);
      const asked = Array.from({ length: 20 }, (_, index) => rekey(room, index, present));
      const answers = await Promise.all(asked);
      over = true;
      const joins = await joining;

      const moved = answers.filter(({ status }) => status === 200);
      expect(moved.map(({ body }) => body.generation)).toEqual([present + 1]);
      const codes = answers.filter(({ status }) => status !== 200).map(({ body }) => body.code);
      expect(new Set(codes)).toEqual(new Set(['generation_changed']));
      expect(cluster.cas.stats().received).toBe(1);

      const again = await Promise.all(crowd.map((face, index) => join(face, index, room)));
      expect(new Set(again.map(({ generation }) => generation))).toEqual(new Set([present + 1]));
      expect(new Set(again.map(({ token }) => token)).size).toBe(1);
      const all = [...joins, ...again];
      expect(goingBack(all)).toEqual([]);
      // The old token was served all the while, and each generation has one token.
      expect(joins.some(({ generation }) => generation === present)).toBe(true);
      const tokens = new Set(all.map(({ generation, token }) => `${generation} ${token}`));
      expect(tokens.size).toBe(2);
    }
  });
});

describe('a ban with a re-key during the pause', () => {
  it('the re-key follows although the replica that took the request is killed', async () => {
    const room = await createRoom();
    const [face] = crowd;
    if (!face) throw new Error('the crowd is empty');
    await join(face, 0, room);
    expect((await rekey(room, 0, 1)).status).toBe(200);
    cluster.cas.reset();
    const client = new Client(urlOf(2), cluster.admin.signedIn);
    const path = `/v1/rooms/${room.id}/bans/${face.userId}`;
    expect((await client.put(path, { rekey: true })).status).toBe(200);
    await cluster.replicas[2]?.stop('SIGKILL');
    const generation = async () => (await tokenRowOf(cluster.database, room.id)).generation;
    expect(await generation()).toBe(2);
    await expect.poll(generation, { timeout: 30_000, interval: 250 }).toBe(3);
    expect(cluster.cas.stats().received).toBe(1);
  });
});
