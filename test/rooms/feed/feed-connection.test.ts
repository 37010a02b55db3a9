import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { Stream } from '../../support/feed.js';
import { openSocket } from '../../support/raw-socket.js';
import { type Scraper, scraperOf } from '../../support/scraper.js';
import type { Room } from '../../support/shapes.js';

const ORIGIN = 'https://app.example.org';

let metrics: Scraper;
let room: Room;

const server = useApp({ METRICS_PORT: '0', CORS_ORIGINS: ORIGIN });

beforeAll(async () => {
  metrics = scraperOf(server);
  room = await server.createRoom();
});
/** The number of streams and polls that ended with this status. */
const ended = async (status: string) => {
  const labels = { method: 'GET', route: '/v1/rooms/:room/events', status };
  return (await metrics.valueOf('http_requests_total', labels)) ?? 0;
};

describe('a stream', () => {
  it('carries the headers of every other answer, and lets pages of an allowed origin read it', async () => {
    const headers = { authorization: `Bearer ${server.admin.token}`, origin: ORIGIN };
    const address = `${server.url}/v1/rooms/${room.id}`;
    const answer = await fetch(address, { headers });
    await answer.text();
    const stream = await fetch(`${address}/events`, {
      headers: { ...headers, accept: 'text/event-stream' },
    });
    const ofLength = new Set(['content-length', 'keep-alive', 'etag']);
    for (const [name, value] of answer.headers) {
      if (ofLength.has(name)) continue;
      const isOwn = ['connection', 'content-type', 'date', 'x-request-id'].includes(name);
      expect([name, stream.headers.get(name)]).toEqual([name, isOwn ? expect.any(String) : value]);
    }
    expect(stream.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(Date.parse(stream.headers.get('date') ?? '')).toBeGreaterThan(Date.now() - 60_000);
    await stream.body?.cancel();
  });

  it('begins after the answer to an earlier request on the same connection', async () => {
    const { id } = await server.createRoom();
    const request = (query: string, accept: string) =>
      `GET /v1/rooms/${id}/events${query} HTTP/1.1\r\nhost: x\r\naccept: ${accept}\r\n` +
      `authorization: Bearer ${server.admin.token}\r\n\r\n`;
    const { socket, closed } = openSocket(server.url);
    let got = '';
    socket.on('data', (bytes: Buffer) => (got += bytes.toString()));
    socket.write(request('?after=0&wait=1', 'application/json') + request('', 'text/event-stream'));
    await expect.poll(() => got, { timeout: 5_000 }).toContain('event: state');
    await server.admin.patch(`/v1/rooms/${id}`, { name: 'Renamed' });
    await expect.poll(() => got, { timeout: 5_000 }).toContain('event: room.updated');
    socket.destroy();
    const { answer } = await closed;
    const types = [...answer.matchAll(/^content-type: ([\w/-]+)/gm)].map(([, type]) => type);
    expect(types).toEqual(['application/json', 'text/event-stream']);
  });

  it('counts as 2xx if the server ends it, and as aborted if the client disconnects', async () => {
    const ann = await server.signUp('Ann');
    await server.join(ann, room);
    const [answered, aborted] = [await ended('2xx'), await ended('aborted')];
    const abandoned = await Stream.open(ann, room);
    abandoned.close();
    await expect.poll(() => ended('aborted')).toBe(aborted + 1);
    const stream = await Stream.open(ann, room);
    await ann.post('/v1/auth/logout');
    await stream.end();
    await expect.poll(() => ended('2xx')).toBe(answered + 1);
    expect(await ended('aborted')).toBe(aborted + 1);
  });
});
