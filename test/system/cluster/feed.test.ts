import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../../src/platform/database/data-source.js';
import { Database } from '../../../src/platform/database/database.js';
import { RoomEvents } from '../../../src/platform/room-events/room-events.service.js';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster, startReplica } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd } from '../../support/crowd.js';
import { poll, Stream } from '../../support/feed.js';
import { Reader } from '../../support/feed-readers.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

/** `npm run test:feed` writes 10,000 events. */
const EVENTS = Number(process.env['FEED_EVENTS'] ?? 2_000);
const ROOMS = 50;
const WRITERS = 20;
/** Milliseconds that readers have to catch up; a busy machine is slow. */
const PATIENCE_MS = 60_000;

let cluster: Cluster;
let source: DataSource;
let database: Database;
let events: RoomEvents;
let crowd: Face[];

beforeAll(async () => {
  cluster = await startCluster(2);
  const config = testConfig({
    DATABASE_URL: cluster.environment['DATABASE_URL'] ?? '',
    DATABASE_POOL_SIZE: String(WRITERS),
  });
  source = await new DataSource(dataSourceOptions(config)).initialize();
  database = new Database(source, config);
  events = new RoomEvents(database);
  crowd = await gatherCrowd(config, ROOMS);
});
afterAll(async () => {
  await source.destroy();
  await cluster.stop();
});

async function createRoom(): Promise<Room> {
  return (await cluster.admin.post<Room>('/v1/rooms', { name: 'Final' })).body;
}
const onReplica = (index: number) =>
  new Client(cluster.replicas[index]?.url ?? '', cluster.admin.signedIn);

async function hostIn(rooms: readonly Room[], faces: readonly Face[]): Promise<void> {
  await cluster.database.query(
    `insert into members (room_id, user_id, role)
     select room_id, user_id, 'host' from unnest($1::uuid[], $2::uuid[]) h (room_id, user_id)`,
    [rooms.map(({ id }) => id), faces.map(({ userId }) => userId)],
  );
}

/** Writes events in transactions of random length, and rolls some of them back. */
async function write(rooms: readonly Room[], count: number): Promise<void> {
  for (let written = 0; written < count;) {
    const { id: roomId } = rooms[Math.floor(Math.random() * rooms.length)] as Room;
    const isTakenBack = Math.random() < 0.1;
    const isWritten = await database
      .transaction(async (transaction) => {
        const data = { generation: written, reason: randomUUID() };
        await sleep(Math.random() * 5);
        await events.record(transaction, { roomId, type: 'token.moved', data });
        await sleep(Math.random() * 10);
        if (isTakenBack) throw new Error('rolled back');
        return true;
      })
      // This also covers a writer that waits too long for a room on a busy machine.
      .catch(() => false);
    if (isWritten) written += 1;
  }
}

describe('the feed over several replicas', () => {
  it('an event that is written at one replica soon reaches the listeners of every replica', async () => {
    const room = await createRoom();
    const grant = await onReplica(0).post<JoinGrant>(`/v1/rooms/${room.id}/join`);
    const { lastEventId } = grant.body;
    const stream = await Stream.open(onReplica(1), room, lastEventId);
    await stream.next('state');
    const waiting = poll(onReplica(1), room, stream.lastId, 25);
    await sleep(300);
    const writtenAt = performance.now();
    await onReplica(0).patch(`/v1/rooms/${room.id}`, { name: 'Renamed' });
    const { at } = await stream.next('room.updated');
    const { body } = await waiting;
    // The contract allows one second; the second one is spare time for a busy machine.
    expect(at - writtenAt).toBeLessThan(2_000);
    expect(performance.now() - writtenAt).toBeLessThan(2_500);
    expect(body.items.map(({ type }) => type)).toEqual(['room.updated']);
    stream.close();
  });

  it('readers who reconnect often get every event once, and all in the same order', async () => {
    const rooms = await Promise.all(Array.from({ length: ROOMS }, createRoom));
    await hostIn(rooms, crowd);
    const urls = cluster.replicas.map(({ url }) => url);
    const readers = rooms.map((room, index) => ({
      room,
      reader: new Reader(urls, crowd[index] as Face, room, index % 2 === 0 ? 'stream' : 'poll'),
    }));
    const following = readers.map(({ reader }) => reader.follow());
    await Promise.all(Array.from({ length: WRITERS }, () => write(rooms, EVENTS / WRITERS)));
    const rows = await cluster.database.query<{ roomId: string; id: string; data: object }>(
      `select room_id as "roomId", id::text as id, data from room_events
        where room_id = any ($1) order by room_id, room_events.id`,
      [rooms.map(({ id }) => id)],
    );
    expect(rows).toHaveLength(EVENTS);
    const expected = new Map(
      rooms.map(({ id }) => [
        id,
        rows.filter(({ roomId }) => roomId === id).map((row) => ({ id: row.id, data: row.data })),
      ]),
    );
    const isBehind = ({ room, reader }: (typeof readers)[number]) =>
      reader.heard.length < (expected.get(room.id)?.length ?? 0);
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end && readers.some(isBehind)) await sleep(100);
    // Any repeated or surplus event has arrived by then.
    await sleep(500);
    for (const { reader } of readers) reader.stop();
    await Promise.all(following);
    for (const { room, reader } of readers) {
      expect(reader.heard).toEqual(expected.get(room.id));
      expect(reader.resets).toBe(0);
    }
  }, 180_000);

  it('a replica that shuts down sends its listeners to another replica, where they continue without a gap', async () => {
    const leaving = await startReplica(cluster.environment);
    const room = await createRoom();
    const client = new Client(leaving.url, cluster.admin.signedIn);
    const streams = await Promise.all(Array.from({ length: 3 }, () => Stream.open(client, room)));
    for (const stream of streams) await stream.next('state');
    const waiting = poll(client, room, '0', 25);
    await sleep(300);
    const askedAt = performance.now();
    const stopped = leaving.stop();
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ items: [], lastEventId: '0' });
    for (const stream of streams) {
      await stream.end();
      expect(stream.types.slice(-1)).toEqual(['retry']);
      const milliseconds = Number(stream.of('retry')[0]?.data['milliseconds']);
      expect(milliseconds).toBeGreaterThanOrEqual(500);
      expect(milliseconds).toBeLessThanOrEqual(5_000);
    }
    expect(await stopped).toBe(0);
    expect(performance.now() - askedAt).toBeLessThan(9_000);
    expect(leaving.output()).not.toContain('did not end before the shutdown deadline');
    await onReplica(0).patch(`/v1/rooms/${room.id}`, { name: 'Meanwhile' });
    const elsewhere = await Stream.open(onReplica(1), room, streams[0]?.lastId);
    expect(await elsewhere.next('room.updated')).toMatchObject({ id: '1' });
    elsewhere.close();
  });
});
