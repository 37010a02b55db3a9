import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { ListenerRegistry } from '../../../src/rooms/feed/listener-registry.js';
import { FeedService } from '../../../src/rooms/feed/feed.service.js';
import { useApp } from '../../support/app.js';
import { Stream } from '../../support/feed.js';
import type { Room } from '../../support/shapes.js';

/** Events of 64 KiB, together more than the socket buffers of both kernels hold. */
const EVENTS = 400;

let room: Room;

const server = useApp();

beforeAll(async () => {
  room = await server.createRoom();
});
/** Opens a stream, and never reads a byte of it. */
function askAndNeverRead(): Socket {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ host: hostname, port: Number(port) }).pause();
  socket.on('error', () => undefined);
  socket.write(
    `GET /v1/rooms/${room.id}/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n` +
      `authorization: Bearer ${server.admin.token}\r\n\r\n`,
  );
  return socket;
}

const writeEvents = (from: number) =>
  server.database.query(
    `with written as (
       insert into room_events (room_id, id, type, data)
       select $1, n, 'room.updated', jsonb_build_object('text', repeat('x', 65536))
         from generate_series($2::int, $2::int + 9) n)
     insert into room_feeds values ($1, $2 + 9)
     on conflict (room_id) do update set last_id = excluded.last_id`,
    [room.id, from],
  );
/** The server's end of the next connection. */
const nextConnection = () =>
  new Promise<Socket>((resolve) => {
    server.app.getHttpServer().once('connection', resolve);
  });
const figures = () => server.app.get(FeedService).figures;

it('a client that does not read is disconnected, and another client gets every event', async () => {
  const stream = await Stream.open(server.admin, room);
  await stream.next('state');
  const socket = askAndNeverRead();
  await expect.poll(() => server.app.get(ListenerRegistry).listeners.length).toBe(2);
  for (let from = 1; from <= EVENTS; from += 10) {
    await writeEvents(from);
    await expect.poll(() => stream.of('room.updated').length, { timeout: 5_000 }).toBe(from + 9);
  }
  expect(figures().cut).toBe(1);
  await expect.poll(() => figures().listeners).toBe(1);
  expect(stream.isOver).toBe(false);
  await sleep(50);
  socket.destroy();
  stream.close();
});

it('a client that closes its half of the connection and does not read loses its place', async () => {
  room = await server.createRoom();
  const accepted = nextConnection();
  const socket = askAndNeverRead();
  const connection = await accepted;
  await expect.poll(() => server.app.get(ListenerRegistry).listeners.length).toBe(1);
  for (let from = 1; connection.writableLength === 0; from += 10) {
    await writeEvents(from);
    const cursor = () => server.app.get(ListenerRegistry).rooms[0]?.cursor;
    await expect.poll(cursor, { timeout: 5_000 }).toBe(from + 9);
  }
  socket.end();
  await expect.poll(() => figures().listeners, { timeout: 5_000 }).toBe(0);
  await expect.poll(() => connection.destroyed, { timeout: 5_000 }).toBe(true);
  expect(figures().cut).toBe(1);
  socket.destroy();
});
