import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { clientOf, type Face, gatherCrowd } from '../../support/crowd.js';
import { Stream } from '../../support/feed.js';
import type { JoinGrant, List, Room } from '../../support/shapes.js';

const REPLICAS = 3;
const KILLED = 1;
/** Listeners at each replica; half of the killed replica's listeners do not return. */
const LISTENERS = 6;
const STAYING = REPLICAS * LISTENERS - LISTENERS / 2;
const PRESENCE_TTL = 5;

let cluster: Cluster;
let room: Room;
const streams: Stream[] = [];

beforeAll(async () => {
  cluster = await startCluster(REPLICAS, { PRESENCE_TTL: String(PRESENCE_TTL) });
  const settings = { name: 'Final', access: 'users' };
  room = (await cluster.admin.post<Room>('/v1/rooms', settings)).body;
});
afterAll(async () => {
  for (const stream of streams) stream.close();
  await cluster.stop();
});

/** A guest who keeps their seat only by listening. */
interface Guest {
  readonly face: Face;
  readonly seatId: string;
  readonly stream: Stream;
}

async function listen(face: Face, replica: number, after?: string): Promise<Stream> {
  const client = clientOf(cluster.replicas[replica]?.url ?? '', face);
  const stream = await Stream.open(client, room, after);
  streams.push(stream);
  await stream.next('state');
  return stream;
}

async function enter(face: Face, replica: number): Promise<Guest> {
  const client = clientOf(cluster.replicas[replica]?.url ?? '', face);
  const { body } = await client.post<JoinGrant>(`/v1/rooms/${room.id}/join`);
  const stream = await listen(face, replica, body.lastEventId);
  return { face, seatId: body.participant.id, stream };
}

/** Returns the seats as each of these replicas shows them. */
function seatsAt(replicas: readonly number[]): Promise<string[][]> {
  return Promise.all(
    replicas.map(async (replica) => {
      const admin = new Client(cluster.replicas[replica]?.url ?? '', cluster.admin.signedIn);
      const path = `/v1/rooms/${room.id}/participants`;
      const { body } = await admin.get<List<{ id: string }>>(path);
      return body.items.map(({ id }) => id).toSorted();
    }),
  );
}

describe('the participants of a room when a replica is killed', () => {
  it('listeners who reconnect elsewhere keep their seats, and the others lose theirs within PRESENCE_TTL', async () => {
    const crowd = await gatherCrowd(testConfig(cluster.environment), REPLICAS * LISTENERS);
    const guests = await Promise.all(crowd.map((face, index) => enter(face, index % REPLICAS)));
    // A seat that nobody renews expires within this time.
    await sleep(PRESENCE_TTL * 1_000 + 500);
    const everybody = guests.map(({ seatId }) => seatId).toSorted();
    expect(await seatsAt([0, 1, 2])).toEqual([everybody, everybody, everybody]);

    await cluster.replicas[KILLED]?.stop('SIGKILL');
    const killedAt = performance.now();
    const orphans = guests.filter((_, index) => index % REPLICAS === KILLED);
    for (const { stream } of orphans) await stream.end();
    const [gone, back] = [orphans.slice(0, LISTENERS / 2), orphans.slice(LISTENERS / 2)];
    await Promise.all(back.map(({ face, stream }) => listen(face, 0, stream.lastId)));

    await sleep(killedAt + PRESENCE_TTL * 1_000 - performance.now());
    const isGone = new Set(gone.map(({ seatId }) => seatId));
    const staying = everybody.filter((id) => !isGone.has(id));
    expect(staying).toHaveLength(STAYING);
    expect(await seatsAt([0, 2])).toEqual([staying, staying]);
    // Listeners at both replicas are sent the new number too.
    for (const index of [0, 2]) {
      const { stream } = guests[index] as Guest;
      const told = () => stream.of('participants').at(-1)?.data['count'];
      await expect.poll(told, { timeout: 3_000 }).toBe(STAYING);
    }
    await sleep(PRESENCE_TTL * 1_000);
    expect(await seatsAt([0, 2])).toEqual([staying, staying]);
  });
});
