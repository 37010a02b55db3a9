import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FeedService } from '../../../src/rooms/feed/feed.service.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import { poll, Stream } from '../../support/feed.js';
import type { Room } from '../../support/shapes.js';
import { changeTokenRow } from '../../support/token-rows.js';

let ann: Client;
let ben: Client;
let room: Room;
const streams: Stream[] = [];
const patient = { timeout: 5_000, interval: 20 };

const server = useApp();

beforeAll(async () => {
  [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
});
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

beforeEach(async () => {
  room = await server.createRoom();
  await server.join(ann, room);
});

async function listen(client: Client, after?: string, to = room): Promise<Stream> {
  const stream = await Stream.open(client, to, after);
  streams.push(stream);
  return stream;
}
const rename = (name: string) => server.admin.patch(`/v1/rooms/${room.id}`, { name });
const move = async () => {
  await changeTokenRow(server.database, room.id, 'serve_until = clock_timestamp()');
};

describe('a stream', () => {
  it('begins with the state of the room, and has headers against caching and buffering', async () => {
    const { generation, refreshAfter } = await server.join(ann, room);
    const stream = await listen(ann);
    const state = await stream.next('state');
    expect(state).toMatchObject({
      id: '1',
      data: {
        generation,
        refreshAfter,
        phase: 'open',
        participantCount: 1,
        serverTime: expect.stringMatching(/Z$/),
      },
    });
    const headers = Object.fromEntries(stream.response.headers);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('announces the next token, and sends all listeners the events in the same order', async () => {
    await server.join(ben, room);
    const all = await Promise.all([listen(ann), listen(ben)]);
    await move();
    await Promise.all(all.map((stream) => stream.next('token.moved')));
    await rename('Renamed');
    for (const stream of all) {
      await stream.next('room.updated');
      expect(stream.of('token.moved')).toEqual([
        expect.objectContaining({ id: '2', data: { generation: 2, reason: 'expired' } }),
      ]);
      expect(stream.of('room.updated')).toMatchObject([{ id: '3', data: {} }]);
    }
  });

  it('continues after the last event that the client has, with the events that it missed', async () => {
    const before = await listen(ann);
    await before.next('state');
    await rename('One');
    await before.next('room.updated');
    before.close();
    for (const name of ['Two', 'Three']) await rename(name);
    const after = await listen(ann, before.lastId);
    await expect.poll(() => after.of('room.updated').map(({ id }) => id)).toEqual(['3', '4']);
    expect(after.types[0]).toBe('state');
    expect(after.told[0]?.id).toBe('2');
    await rename('Four');
    await expect.poll(() => after.lastId).toBe('5');
  });

  it('continues from the lastEventId that a join returns', async () => {
    await rename('Before');
    const { lastEventId } = await server.join(ben, room);
    await rename('After');
    const stream = await listen(ben, lastEventId);
    await stream.next('room.updated');
    expect(stream.of('room.updated')).toMatchObject([{ id: '3' }]);
  });

  it('does not announce the token that the join itself has fetched', async () => {
    const cold = await server.createRoom();
    const { lastEventId } = await server.join(ben, cold);
    const { body } = await poll(ben, cold, lastEventId, 0);
    expect(body).toMatchObject({ items: [], lastEventId, state: { generation: 1 } });
  });

  it.each(['999', 'nonsense', '-1', '1e3'])(
    'sends a reset to a client whose last event id never existed: %s',
    async (id) => {
      const stream = await listen(ann, id);
      await stream.next('state');
      expect(stream.types).toEqual(['reset', 'state']);
      expect(stream.told.map((each) => each.id)).toEqual(['1', '1']);
      await rename('Later');
      expect(await stream.next('room.updated')).toMatchObject({ id: '2' });
    },
  );

  it('sends a reset to a client whose next event is no longer kept', async () => {
    for (const name of ['One', 'Two', 'Three']) await rename(name);
    await server.database.query('delete from room_events where room_id = $1 and id < 3', [room.id]);
    const late = await listen(ann, '1');
    await late.next('state');
    expect(late.types).toEqual(['reset', 'state']);
    expect(late.lastId).toBe('4');
    const inTime = await listen(ann, '2');
    await expect.poll(() => inTime.types).toEqual(['state', 'room.updated', 'room.updated']);
  });

  it('sends the number of participants when it changes, and their names to hosts only', async () => {
    const [stream, host] = [await listen(ann), await listen(server.admin)];
    expect((await host.next('participants')).data).toEqual({ count: 1, names: ['Ann'] });
    await server.join(ben, room);
    expect((await stream.next('participants')).data).toEqual({ count: 2 });
    await expect
      .poll(() => host.of('participants').at(-1)?.data, patient)
      .toEqual({ count: 2, names: ['Ann', 'Ben'] });
    await ben.post(`/v1/rooms/${room.id}/leave`);
    await expect.poll(() => stream.of('participants').at(-1)?.data, patient).toEqual({ count: 1 });
    await server.join(ben, room, { displayName: 'Another' });
    await expect
      .poll(() => host.of('participants').at(-1)?.data['names'], patient)
      .toContain('Another');
    for (const feed of [stream, host]) {
      const times = feed.of('participants').map(({ at }) => at);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(900);
      expect(feed.of('participants').every(({ id }) => id === undefined)).toBe(true);
    }
  });

  it('sends a keep-alive comment every 15 s', async () => {
    const stream = await listen(ann);
    expect(await stream.next(':', 15_500)).toMatchObject({ data: {} });
  });
});

describe('a long poll', () => {
  it('returns at once if the client names no event, with the state and the last event id', async () => {
    const { status, body, headers } = await poll(ann, room);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      items: [],
      lastEventId: '1',
      state: expect.objectContaining({ generation: 1, phase: 'open', participantCount: 1 }),
    });
  });

  it.each([0, 25])('returns existing events at once with wait=%i', async (wait) => {
    await rename('One');
    await rename('Two');
    const { body } = await poll(ann, room, '1', wait);
    const at = expect.stringMatching(/Z$/);
    expect(body.items).toEqual(
      ['2', '3'].map((id) => ({ id, type: 'room.updated', at, data: {} })),
    );
    expect(body.lastEventId).toBe('3');
  });

  it('returns a new event as soon as it happens, with the state of that time', async () => {
    const waiting = poll(ann, room, '1', 25);
    await sleep(300);
    await move();
    const { body } = await waiting;
    expect(body.items).toMatchObject([
      { id: '2', type: 'token.moved', data: { generation: 2, reason: 'expired' } },
    ]);
    expect(body.state.generation).toBe(2);
  });

  it('returns without events after the seconds of `wait`', async () => {
    const startedAt = performance.now();
    const { body } = await poll(ann, room, '1', 1);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(body).toMatchObject({ items: [], lastEventId: '1' });
  });

  it('returns a reset to a client whose last event id never existed', async () => {
    await rename('One');
    for (const after of ['77', 'nonsense']) {
      const { body } = await poll(ann, room, after, 25);
      expect(body.items).toMatchObject([{ id: null, type: 'reset', data: {} }]);
      expect(body.lastEventId).toBe('2');
    }
  });

  it('returns many events in pages, and loses none', async () => {
    await server.database.query(
      `with written as (
         insert into room_events (room_id, id, type, data)
         select $1, 1 + n, 'room.updated', '{}' from generate_series(1, 450) n)
       update room_feeds set last_id = 451 where room_id = $1`,
      [room.id],
    );
    const ids: (string | null)[] = [];
    for (let after = '1'; after !== '451';) {
      const { items, lastEventId } = (await poll(ann, room, after, 25)).body;
      ids.push(...items.map(({ id }) => id));
      after = lastEventId;
    }
    expect(ids).toEqual(Array.from({ length: 450 }, (_, index) => String(index + 2)));
    const stream = await listen(ann, '1');
    await expect.poll(() => stream.lastId).toBe('451');
    expect(stream.of('room.updated').map(({ id }) => id)).toEqual(ids);
  });

  it.each(['wait=26', 'wait=-1', 'wait=x', 'since=3'])('refuses %s', async (query) => {
    const answer = await ann.get(`/v1/rooms/${room.id}/events?after=1&${query}`);
    expect(answer).toBeProblem(400, 'invalid_request');
  });

  it('ends when the client aborts the request', async () => {
    const aborting = new AbortController();
    const url = `${server.url}/v1/rooms/${room.id}/events?after=1&wait=25`;
    const headers = { authorization: `Bearer ${ann.token}` };
    const given = fetch(url, { headers, signal: aborting.signal }).catch(() => 'given up');
    await expect.poll(() => server.app.get(FeedService).figures.listeners).toBe(1);
    aborting.abort();
    expect(await given).toBe('given up');
    await expect.poll(() => server.app.get(FeedService).figures.listeners).toBe(0);
  });
});
