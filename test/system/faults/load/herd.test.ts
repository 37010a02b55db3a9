import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig } from '../../../support/config.js';
import { type Face, gatherCrowd } from '../../../support/crowd.js';
import { checkHistory } from '../check-history.js';
import { isLong, noteFigure } from '../form.js';
import { Recorder } from '../recorder.js';
import { makeColdRooms } from '../rooms.js';

const CROWD = 5_000;
const ROUNDS = isLong ? 20 : 3;
const recorder = new Recorder();
let cluster: Cluster;
let crowd: Face[];

beforeAll(async () => {
  cluster = await startCluster(3, {}, { observe: recorder.noteCall });
  crowd = await gatherCrowd(testConfig(cluster.environment), CROWD);
});
afterAll(() => cluster.stop());

const everybody = Array.from({ length: CROWD }, (_, person) => person);

/** Joins everybody at once, spread over the replicas, each into the room that `roomOf` names. */
async function joinAll(people: readonly number[], roomOf: (person: number) => string) {
  const startedAt = performance.now();
  const { replicas } = cluster;
  const joins = await Promise.all(
    people.map((person) => {
      const replica = person % replicas.length;
      const face = crowd[person] ?? expect.unreachable();
      return recorder.join(replica, replicas[replica]?.url ?? '', face, roomOf(person));
    }),
  );
  const milliseconds = Math.round(performance.now() - startedAt);
  const { received } = cluster.cas.stats();
  const answered = joins.filter(({ grant }) => grant !== undefined).length;
  noteFigure(
    `${answered} of ${people.length} joins at once answered, ${received} calls, ${milliseconds} ms`,
  );
  return joins;
}

/** Joins everybody; refused people try again as clients do, because a slow machine refuses some. */
async function admitAll(roomOf: (person: number) => string) {
  const grants = [];
  for (let left = everybody; left.length > 0;) {
    const joins = await joinAll(left, roomOf);
    for (const { problem } of joins)
      if (problem !== undefined) expect(['overloaded', 'database_unavailable']).toContain(problem);
    grants.push(...joins.flatMap(({ grant }) => grant ?? []));
    left = left.filter((_, index) => joins[index]?.grant === undefined);
  }
  return grants;
}

async function verdict() {
  const history = await recorder.take(cluster.database);
  return { ...history, breaches: checkHistory(history) };
}

describe('5,000 simultaneous joins over three replicas', () => {
  it(`a crowd in one room costs one call and one token, ${ROUNDS} times`, async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      cluster.cas.reset();
      const [room = ''] = await makeColdRooms(cluster.database, 1);
      const grants = await admitAll(() => room);
      expect(grants).toHaveLength(CROWD);
      expect((await verdict()).breaches).toEqual([]);
      expect(new Set(grants.map(({ token }) => token)).size).toBe(1);
      const { received, tokens } = cluster.cas.stats();
      expect([received, tokens]).toEqual([1, 1]);
    }
  });

  it('a crowd in 500 rooms of ten costs exactly 500 calls', async () => {
    cluster.cas.reset();
    const rooms = await makeColdRooms(cluster.database, 500);
    // The ten people of a room arrive at all three replicas, mixed with the others.
    await admitAll((person) => rooms[person % 500] ?? '');
    const { publishes, breaches } = await verdict();
    expect(breaches).toEqual([]);
    expect(publishes).toHaveLength(500);
    expect(cluster.cas.stats().received).toBe(500);
  });
});
