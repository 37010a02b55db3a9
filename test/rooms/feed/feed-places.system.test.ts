import type { Server } from 'node:http';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../../src/platform/config/config.js';
import { ListenerRegistry } from '../../../src/rooms/feed/listener-registry.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { gatherCrowd } from '../../support/crowd.js';
import { Stream } from '../../support/feed.js';
import { openSocket, type RawSocket } from '../../support/raw-socket.js';
import { type Scraper, scraperOf } from '../../support/scraper.js';
import type { Room } from '../../support/shapes.js';
import { waiting } from '../../support/stall.js';

const MANY = 500;
const patient = { timeout: 10_000, interval: 20 };
const veryPatient = { timeout: 40_000, interval: 50 };

let server: TestApp;
let metrics: Scraper;
let holder: pg.Client;
let room: Room;
let ann: Client;
const sockets: RawSocket[] = [];

beforeAll(async () => {
  server = await startApp({ METRICS_PORT: '0', RATE_LIMITS: 'off' });
  metrics = scraperOf(server);
  room = await server.createRoom();
  ann = await server.signUp('Ann');
  await server.join(ann, room);
  holder = new pg.Client({ connectionString: server.database.url });
  await holder.connect();
});
afterAll(async () => {
  await holder.end();
  await server.stop();
});
afterEach(() => {
  for (const { socket } of sockets.splice(0)) socket.destroy();
});

const FORMS = {
  stream: { query: '', accept: 'text/event-stream' },
  'long poll': { query: '?after=1&wait=25', accept: 'application/json' },
} as const;
type Form = keyof typeof FORMS;

const ask = (form: Form, { token = ann.token, method = 'GET', more = '' } = {}) =>
  `${method} /v1/rooms/${room.id}/events${FORMS[form].query} HTTP/1.1\r\nhost: x\r\n` +
  `accept: ${FORMS[form].accept}\r\nauthorization: Bearer ${token}\r\n${more}\r\n`;

function open(text: string): RawSocket {
  const client = openSocket(server.url);
  client.socket.write(text);
  sockets.push(client);
  return client;
}

/** Connections that the server has accepted. */
const connections = () =>
  new Promise<number>((resolve, reject) => {
    const http: Server = server.app.getHttpServer();
    http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const places = () => metrics.valueOf('feed_listeners');
/** The number of feed requests that ended with these statuses. */
const ended = async (...statuses: string[]) => {
  const all = (await metrics.scrape()).get('latchkey_http_requests_total')?.samples ?? [];
  return all
    .filter(({ labels }) => labels['route'] === '/v1/rooms/:room/events')
    .filter(({ labels }) => statuses.includes(labels['status'] ?? ''))
    .reduce((sum, { value }) => sum + value, 0);
};

/** While this lock is held, all new listeners wait together for the database. */
async function holdAdmissions(): Promise<void> {
  await holder.query('begin; lock table room_feeds in access exclusive mode');
}
const release = () => holder.query('rollback');

const DISCONNECTS: Readonly<Record<string, (client: RawSocket) => void>> = {
  'closes its connection': ({ socket }) => socket.destroy(),
  'resets its connection': ({ socket }) => socket.resetAndDestroy(),
  'closes its half of the connection': ({ socket }) => socket.end(),
};

describe('a place in the registry', () => {
  let before: number;
  beforeEach(async () => {
    before = await ended('aborted');
  });
  afterEach(async () => {
    await release();
    await expect.poll(places, patient).toBe(0);
    expect(server.app.get(ListenerRegistry).listeners).toEqual([]);
    const stream = await Stream.open(ann, room);
    await stream.next('state');
    await expect.poll(places, patient).toBe(1);
    stream.close();
    await expect.poll(places, patient).toBe(0);
  });

  describe.each(Object.keys(FORMS) as Form[])('of a %s', (form) => {
    describe.each(Object.entries(DISCONNECTS))('whose client %s', (_, disconnect) => {
      it('is released after it was taken', async () => {
        const client = open(ask(form));
        await expect.poll(places, patient).toBe(1);
        disconnect(client);
        await expect.poll(() => ended('aborted'), patient).toBe(before + 1);
      });

      it('is not taken if the admission is still under way', async () => {
        await holdAdmissions();
        const client = open(ask(form));
        await expect.poll(() => waiting(server.database, 'relation'), patient).toBe(1);
        disconnect(client);
        await expect.poll(() => ended('aborted'), patient).toBe(before + 1);
        await release();
      });

      it('is released if the request was queued behind another request', async () => {
        const client = open(ask('long poll') + ask(form));
        await expect.poll(places, patient).toBe(2);
        disconnect(client);
        await expect.poll(() => ended('aborted'), patient).toBe(before + 2);
      });

      it('is not taken if the request was queued behind a request whose admission is under way', async () => {
        await holdAdmissions();
        const client = open(ask('long poll') + ask(form) + ask(form));
        await expect.poll(() => waiting(server.database, 'relation'), patient).toBeGreaterThan(0);
        disconnect(client);
        await expect.poll(() => ended('aborted'), patient).toBe(before + 3);
        await release();
      });
    });

    it('is released when the client disconnects before it has sent its whole body', async () => {
      const client = open(ask(form, { more: 'content-length: 10\r\n' }).concat('{'));
      await expect.poll(places, patient).toBe(1);
      client.socket.destroy();
      await expect.poll(() => ended('aborted'), patient).toBe(before + 1);
    });

    it('is not taken by an incomplete request', async () => {
      const client = open(ask(form).slice(0, -2));
      client.socket.end();
      await client.closed;
      expect(await places()).toBe(0);
    });

    it('is released when a client with an invalid Last-Event-ID disconnects', async () => {
      const client = open(ask(form, { more: 'last-event-id: \x80nonsense\r\n' }));
      await expect.poll(places, patient).toBe(1);
      client.socket.destroy();
      await expect.poll(() => ended('aborted'), patient).toBe(before + 1);
    });

    it('is released when a client that sent a HEAD request disconnects', async () => {
      const client = open(ask(form, { method: 'HEAD' }));
      if (form === 'long poll') await expect.poll(places, patient).toBe(1);
      else await expect.poll(() => client.socket.bytesRead, patient).toBeGreaterThan(0);
      client.socket.destroy();
      if (form === 'long poll') await expect.poll(() => ended('aborted'), patient).toBe(before + 1);
    });

    it(
      'is released for each of many clients that disconnect during the admission',
      { timeout: 90_000 },
      async () => {
        const crowd = await gatherCrowd(server.app.get(Config), MANY);
        await server.database.query(
          `insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
         select s.id, $1, s.id, s.user_id, 'participant', s.id, s.id from sessions s
          where s.user_id = any ($2::uuid[])`,
          [room.id, crowd.map(({ userId }) => userId)],
        );
        const clients = crowd.map(() => open(''));
        await expect.poll(connections, veryPatient).toBeGreaterThanOrEqual(MANY);
        await holdAdmissions();
        for (const [place, { socket }] of clients.entries())
          socket.write(ask(form, { token: crowd[place]?.accessToken }));
        await expect.poll(() => waiting(server.database, 'relation'), patient).toBeGreaterThan(0);
        for (const { socket } of clients) socket.destroy();
        await release();
        // Under load the server refuses some of the clients before they disconnect.
        const all = () => ended('aborted', '5xx');
        await expect.poll(all, veryPatient).toBeGreaterThanOrEqual(before + MANY);
      },
    );
  });
});
