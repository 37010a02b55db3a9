import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { clientOf, gatherCrowd } from '../../support/crowd.js';
import { databaseAheadBy } from '../../support/database-clock.js';
import '../../support/expect-problem.js';
import { poll, Stream, type Told } from '../../support/feed.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

const REPLICAS = 3;
/** Several rooms end at the same moment, so that replicas surely compete. */
const ROOMS = 6;
/** Listeners in each room at each replica: one stream and one long poll. */
const LISTENERS = 2 * ROOMS * REPLICAS;
const UNTIL_END_MS = 8_000;
/** The contract allows one second; the second one is spare time for a busy machine. */
const LIMIT_MS = 2_000;

/** What a listener received of the end, by the clock of the database. */
interface Heard {
  readonly types: readonly string[];
  readonly reasons: readonly unknown[];
  readonly at: number;
}

let cluster: Cluster;
let closesAt: number;
let rooms: Room[];
let people: Client[];
let heard: Heard[];
let administrators: Stream[];

const urlOf = (index: number) => cluster.replicas[index % REPLICAS]?.url ?? '';
const joinIn = (client: Client, { id }: Room) => client.post<JoinGrant>(`/v1/rooms/${id}/join`);
const roomOf = (index: number) => rooms[Math.floor(index / REPLICAS) % ROOMS] as Room;

async function listen(client: Client, index: number, ahead: number): Promise<Heard> {
  const { status, body } = await joinIn(client, roomOf(index));
  expect(status).toBe(200);
  if (index < LISTENERS / 2) {
    const stream = await Stream.open(client, roomOf(index), body.lastEventId);
    await stream.over;
    const told = stream.told.filter(({ type }) => type === 'room.closed' || type === 'removed');
    return heardOf(told, (stream.of('room.closed')[0]?.at ?? 0) + ahead);
  }
  const answer = await poll(client, roomOf(index), body.lastEventId, 20);
  return heardOf(answer.body.items, performance.now() + ahead);
}

const heardOf = (told: readonly Pick<Told, 'type' | 'data'>[], at: number): Heard => ({
  types: told.map(({ type }) => type),
  reasons: told.map(({ data }) => data['reason']),
  at,
});

beforeAll(async () => {
  cluster = await startCluster(REPLICAS);
  const crowd = await gatherCrowd(testConfig(cluster.environment), LISTENERS);
  people = crowd.map((face, index) => clientOf(urlOf(index), face));
  const ahead = await databaseAheadBy(cluster.database);
  closesAt = Math.round(performance.now() + ahead) + UNTIL_END_MS;
  const settings = { access: 'users', closesAt: new Date(closesAt).toISOString() };
  rooms = await Promise.all(
    Array.from({ length: ROOMS }, async (_, index) => {
      const room = { name: `Final ${index}`, ...settings };
      return (await cluster.admin.post<Room>('/v1/rooms', room)).body;
    }),
  );
  administrators = await Promise.all(
    cluster.replicas.map(({ url }) =>
      Stream.open(new Client(url, cluster.admin.signedIn), rooms[0] as Room),
    ),
  );
  heard = await Promise.all(people.map((client, index) => listen(client, index, ahead)));
  // A repeated event would have arrived by then.
  await sleep(1_500);
});
afterAll(async () => {
  for (const stream of administrators) stream.close();
  await cluster.stop();
});

describe('the end of rooms at their `closesAt`, over three replicas', () => {
  it('every listener of each replica gets room.closed once, and is then removed', () => {
    const streamed = heard.slice(0, LISTENERS / 2);
    expect(new Set(streamed.map(({ types }) => types.join()))).toEqual(
      new Set(['room.closed,removed']),
    );
    expect(new Set(streamed.map(({ reasons }) => reasons.join()))).toEqual(
      new Set(['ended,room_closed']),
    );
    // A long poll is answered with the first event, so the second may be missing.
    for (const { types, reasons } of heard.slice(LISTENERS / 2)) {
      expect(types.filter((type) => type === 'room.closed')).toHaveLength(1);
      expect(reasons[0]).toBe('ended');
    }
  });

  it('the event comes soon after the end, by the clock of the database, and never before it', () => {
    for (const { at } of heard) {
      expect(at).toBeGreaterThanOrEqual(closesAt);
      expect(at - closesAt).toBeLessThan(LIMIT_MS);
    }
  });

  it('administrators get the event once, and may keep listening', () => {
    for (const stream of administrators) {
      expect(stream.of('room.closed').map(({ data }) => data)).toEqual([{ reason: 'ended' }]);
      expect(stream.isOver).toBe(false);
    }
  });

  it('the end is one event in each room', async () => {
    const events = await cluster.database.query(
      `select room_id from room_events where type = 'room.closed'`,
    );
    expect(events).toHaveLength(ROOMS);
  });

  it('the end releases all seats, and then only administrators may enter, at every replica', async () => {
    for (const [index, client] of people.entries()) {
      const path = `/v1/rooms/${roomOf(index).id}`;
      for (const verb of ['join', 'heartbeat'])
        expect(await client.post(`${path}/${verb}`)).toBeProblem(409, 'room_closed');
      expect(await poll(client, roomOf(index))).toBeProblem(409, 'room_closed');
    }
    for (const [index, room] of rooms.entries()) {
      const admin = new Client(urlOf(index), cluster.admin.signedIn);
      const { body } = await admin.get<Room>(`/v1/rooms/${room.id}`);
      expect(body).toMatchObject({ phase: 'closed', participantCount: 0 });
      expect((await joinIn(admin, room)).status).toBe(200);
    }
  });
});
