import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ListenerRegistry } from '../../../src/rooms/feed/listener-registry.js';
import { Rights } from '../../../src/rooms/feed/rights.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { Stream } from '../../support/feed.js';
import { openSocket } from '../../support/raw-socket.js';
import { type Scraper, scraperOf } from '../../support/scraper.js';
import type { Room } from '../../support/shapes.js';

/** The contract says that a stream lasts five minutes, plus or minus a fifth. */
const SHORTEST_MS = 240_000;
const LONGEST_MS = 360_000;
/** Milliseconds until a client reconnects whose stream has reached its maximum age. */
const AT_ONCE = expect.toSatisfy((ms: number) => ms >= 0 && ms <= 1_000);
const patient = { timeout: 10_000, interval: 20 };

let metrics: Scraper;
let ann: Client;
let room: Room;
const streams: Stream[] = [];

const server = useApp({ METRICS_PORT: '0', RATE_LIMITS: 'off' });

beforeAll(async () => {
  metrics = scraperOf(server);
  ann = await server.signUp('Ann');
});
beforeEach(async () => {
  room = await server.createRoom();
  await server.join(ann, room);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stream of streams.splice(0)) stream.close();
  await expect.poll(places, patient).toBe(0);
});

const places = () => metrics.valueOf('feed_listeners');
const rename = (name: string) => server.admin.patch(`/v1/rooms/${room.id}`, { name });

/** Moves the monotonic clock of this process forward by so many milliseconds. */
function moveTime(byMs: number): void {
  vi.restoreAllMocks();
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() + byMs);
}

async function listen(client: Client, after?: string): Promise<Stream> {
  const stream = await Stream.open(client, room, after);
  streams.push(stream);
  await stream.next('state');
  return stream;
}

/** Opens a stream, receives its first bytes, and then stops reading. */
async function listenAndFreeze(): Promise<ReturnType<typeof openSocket>> {
  const client = openSocket(server.url);
  client.socket.write(
    `GET /v1/rooms/${room.id}/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n` +
      `authorization: Bearer ${ann.token}\r\n\r\n`,
  );
  await expect.poll(() => client.socket.bytesRead, patient).toBeGreaterThan(0);
  client.socket.pause();
  return client;
}

/** Renews streams as the ticker will do so many milliseconds from now. */
const renewIn = (ms: number) => server.app.get(ListenerRegistry).renew(performance.now() + ms);

describe('a stream', () => {
  it('ends after four to six minutes, and asks the client to reconnect at once', async () => {
    const stream = await listen(ann);
    renewIn(SHORTEST_MS - 5_000);
    await rename('Renamed');
    await stream.next('room.updated');
    expect(stream.isOver).toBe(false);
    moveTime(LONGEST_MS);
    await stream.end();
    expect(stream.told.at(-1)).toMatchObject({ type: 'retry', data: { milliseconds: AT_ONCE } });
  });

  it('ends at a different time than streams that began at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, () => listen(ann)));
    const left: number[] = [];
    for (let ms = SHORTEST_MS; ms <= LONGEST_MS; ms += 10_000) {
      renewIn(ms);
      left.push(server.app.get(ListenerRegistry).size);
    }
    const ends = left.filter((size, place) => size !== (left[place - 1] ?? 8));
    expect(ends.length).toBeGreaterThan(1);
    expect(left.at(-1)).toBe(0);
  });

  it('is continued by the next stream, and no event is lost or sent twice', async () => {
    const ids: string[] = [];
    let lastId: string | undefined;
    let isDone = false;
    const follow = async () => {
      while (!isDone) {
        const stream = await listen(ann, lastId);
        await stream.over;
        ids.push(...stream.of('room.updated').map(({ id = '' }) => id));
        lastId = stream.lastId;
      }
    };
    const following = follow();
    // The first stream sends only events after its state, so no change may come earlier.
    await expect.poll(() => streams[0]?.types, patient).toContain('state');
    for (let change = 0; change < 40; change += 1) {
      await rename(`Renamed ${change}`);
      if (change % 4 === 3) renewIn(LONGEST_MS);
    }
    await expect.poll(() => streams.at(-1)?.lastId, patient).toBe('41');
    isDone = true;
    renewIn(LONGEST_MS);
    await following;
    expect(streams.length).toBeGreaterThan(2);
    expect(ids).toEqual(Array.from({ length: 40 }, (_, place) => String(place + 2)));
  });

  it('can be resumed from the id of its state when no event followed', async () => {
    const quiet = await listen(ann);
    renewIn(LONGEST_MS);
    await quiet.end();
    await rename('Meanwhile');
    const next = await listen(ann, quiet.lastId);
    await next.next('room.updated');
    expect(next.types).not.toContain('reset');
  });
});

describe('a client that has stopped reading', () => {
  const ageOfSeat = async () => {
    const [seat] = await server.database.query<{ age: number }>(
      `select extract(epoch from clock_timestamp() - seen_at)::float8 as age from seats
        where room_id = $1`,
      [room.id],
    );
    return seat?.age ?? Number.NaN;
  };
  const touch = () => server.app.get(Rights).touchSeats(server.app.get(ListenerRegistry).listeners);
  const letSeatAge = () =>
    server.database.query(
      `update seats set seen_at = clock_timestamp() - interval '40 s' where room_id = $1`,
      [room.id],
    );

  it('loses its place when its stream reaches its maximum age, and then keeps no seat', async () => {
    const frozen = await listenAndFreeze();
    await letSeatAge();
    moveTime(60_000);
    await touch();
    expect(await ageOfSeat()).toBeLessThan(30);
    moveTime(LONGEST_MS);
    await expect.poll(places, patient).toBe(0);
    await letSeatAge();
    moveTime(LONGEST_MS + 60_000);
    await touch();
    expect(await ageOfSeat()).toBeGreaterThan(39);
    frozen.socket.destroy();
  });
});
