import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd, joinAs } from '../../support/crowd.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster(3, { TOKEN_MARGIN: '1' });
});
afterAll(() => cluster.stop());

interface Observation {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly grant: JoinGrant;
}

/** A client that joins repeatedly, each time at another replica. */
async function keepJoining(face: Face, room: Room, until: number): Promise<Observation[]> {
  const seen: Observation[] = [];
  for (let turn = 0; performance.now() < until; turn += 1) {
    const startedAt = performance.now();
    const url = cluster.replicas[turn % cluster.replicas.length]?.url ?? '';
    const { status, body } = await joinAs<JoinGrant>(url, face, room.id);
    expect(status).toBe(200);
    seen.push({ startedAt, endedAt: performance.now(), grant: body });
    await sleep(5);
  }
  return seen;
}

/** Returns the generations in order. */
function byGeneration(seen: readonly Observation[]): Map<number, Observation[]> {
  const generations = new Map<number, Observation[]>();
  for (const each of seen.toSorted((a, b) => a.grant.generation - b.grant.generation)) {
    const known = generations.get(each.grant.generation);
    if (known) known.push(each);
    else generations.set(each.grant.generation, [each]);
  }
  return generations;
}

describe('a room whose token lives for 4 seconds, with 20 people who join repeatedly', () => {
  let seen: Observation[];
  let calls: number;

  beforeAll(async () => {
    cluster.cas.behave({ shortLife: 4 });
    const body = { name: 'Final', access: 'users' };
    const room = (await cluster.admin.post<Room>('/v1/rooms', body)).body;
    const crowd = await gatherCrowd(testConfig(cluster.environment), 20);
    const until = performance.now() + 15_000;
    seen = (await Promise.all(crowd.map((face) => keepJoining(face, room, until)))).flat();
    calls = cluster.cas.stats().received;
  });

  it('every generation has one token and one call of CAS', () => {
    const generations = byGeneration(seen);
    expect(generations.size).toBeGreaterThanOrEqual(4);
    for (const observations of generations.values())
      expect(new Set(observations.map(({ grant }) => grant.token)).size).toBe(1);
    // The ticker may have begun another mint after the last join.
    expect(calls - generations.size).toBeOneOf([0, 1]);
  });

  it('a join that starts after another has finished never sees an older generation', () => {
    const byEnd = seen.toSorted((a, b) => a.endedAt - b.endedAt);
    let finished = 0;
    let newest = 0;
    for (const { startedAt, grant } of seen.toSorted((a, b) => a.startedAt - b.startedAt)) {
      for (let next = byEnd[finished]; next && next.endedAt < startedAt; next = byEnd[finished]) {
        newest = Math.max(newest, next.grant.generation);
        finished += 1;
      }
      expect(grant.generation).toBeGreaterThanOrEqual(newest);
    }
    expect(newest).toBeGreaterThanOrEqual(4);
  });

  it('two generations are never live at the same time, by the clock of the database', () => {
    const generations = byGeneration(seen);
    for (const [generation, observations] of generations) {
      const before = generations.get(generation - 1)?.[0];
      if (!before) continue;
      const first = Math.min(...observations.map(({ grant }) => Date.parse(grant.serverTime)));
      expect(first).toBeGreaterThanOrEqual(Date.parse(before.grant.refreshAfter));
    }
  });
});
