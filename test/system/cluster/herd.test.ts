import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd, joinAs } from '../../support/crowd.js';
import type { JoinGrant, ProblemBody, Room } from '../../support/shapes.js';

let cluster: Cluster;
const CROWD = 2_000;
let crowd: Face[];

beforeAll(async () => {
  cluster = await startCluster(3);
  crowd = await gatherCrowd(testConfig(cluster.environment), CROWD);
});
afterAll(() => cluster.stop());

async function createRoom(settings: Record<string, unknown> = {}): Promise<Room> {
  const room = { name: 'Final', access: 'users', ...settings };
  return (await cluster.admin.post<Room>('/v1/rooms', room)).body;
}

/** Joins everybody at once, spread over the replicas. */
function joinAll(faces: readonly Face[], room: Room, wish = '{}') {
  const { replicas } = cluster;
  return Promise.all(
    faces.map((face, index) =>
      joinAs<JoinGrant & ProblemBody>(
        replicas[index % replicas.length]?.url ?? '',
        face,
        room.id,
        wish,
      ),
    ),
  );
}

const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];

describe('a crowd in front of a cold room, over three replicas', () => {
  it(
    'the crowd gets one token from one call of CAS, ten rooms in a row',
    { timeout: 120_000 },
    async () => {
      for (let round = 1; round <= 10; round += 1) {
        cluster.cas.reset();
        const room = await createRoom();
        const joined = await joinAll(crowd, room);
        expect(distinct(joined.map(({ status }) => status))).toEqual([200]);
        expect(distinct(joined.map(({ body }) => body.token))).toHaveLength(1);
        expect(distinct(joined.map(({ body }) => body.generation))).toEqual([1]);
        expect(cluster.cas.stats().received).toBe(1);
        await cluster.admin.delete(`/v1/rooms/${room.id}`);
      }
    },
  );

  it('the crowd takes exactly as many seats as the room has', async () => {
    const room = await createRoom({ capacity: 10 });
    const joined = await joinAll(crowd.slice(0, 200), room);
    expect(joined.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = joined.filter(({ status }) => status !== 200);
    expect(distinct(refused.map(({ body }) => body.code))).toEqual(['room_full']);
    const { body } = await cluster.admin.get<Room>(`/v1/rooms/${room.id}`);
    expect(body.participantCount).toBe(10);
  });

  it('the people of a crowd with one display name get as many different names', async () => {
    const room = await createRoom();
    const joined = await joinAll(crowd.slice(0, 300), room, '{"displayName":"Sam"}');
    expect(distinct(joined.map(({ status }) => status))).toEqual([200]);
    const names = joined.map(({ body }) => body.participant.displayName);
    expect(distinct(names)).toHaveLength(300);
    expect(names).toContain('Sam');
    expect(names).toContain('Sam 2');
  });
});
