import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import type { FeedPage, JoinGrant, Room } from '../../support/shapes.js';

// Long enough for all tests of this file, even on a slow machine.
const server = useApp({ ACCESS_TOKEN_TTL: '3600' });
const slug = 'friday-party';
const at = `/v1/rooms/${slug}`;

interface Before {
  readonly room: Room;
  readonly etags: readonly string[];
  readonly grant: JoinGrant;
}

/** The ways in which a slug passes from one room to another room. */
const WAYS: Record<string, (before: Room) => Promise<Room>> = {
  'is deleted and created again': async ({ id }) => {
    expect((await server.admin.delete(`/v1/rooms/${id}`)).status).toBe(204);
    return server.createRoom({ slug });
  },
  'is deleted, purged and created again': async ({ id }) => {
    await server.admin.delete(`/v1/rooms/${id}`);
    await server.database.query('delete from holders where room_id = $1', [id]);
    await server.database.query('delete from rooms where id = $1', [id]);
    return server.createRoom({ slug });
  },
  'gives its slug to a new room': async ({ id }) => {
    await server.admin.patch(`/v1/rooms/${id}`, { slug: null });
    return server.createRoom({ slug });
  },
  'gives its slug to a room with another slug': async ({ id }) => {
    const other = await server.createRoom({ slug: 'saturday-party' });
    await server.admin.patch(`/v1/rooms/${id}`, { slug: 'thursday-party' });
    const { body } = await server.admin.patch<Room>(`/v1/rooms/${other.id}`, { slug });
    return body;
  },
};

const rekey = (body: Record<string, unknown>) =>
  server.admin.post<{ generation: number }>(`${at}/rekey`, { reason: 'for a test', ...body });
const report = async (generation: number) =>
  (await server.admin.post<{ action: string }>(`${at}/reports`, { sdkCode: 104, generation })).body;
const follow = (after: string) =>
  server.admin.get<FeedPage>(`${at}/events?after=${after}&wait=0`, { accept: 'application/json' });

let before: Before;

beforeEach(async () => {
  const others = await server.database.query<{ id: string }>(
    'select id from rooms where deleted_at is null and slug is not null',
  );
  for (const { id } of others) await server.admin.delete(`/v1/rooms/${id}`);
  const room = await server.createRoom({ slug });
  const etags = [];
  for (const name of ['One', 'Two', 'Three'])
    etags.push(
      (await server.admin.patch(at, { name })).headers.get('etag') ?? expect.unreachable(),
    );
  await server.join(server.admin, room);
  expect((await rekey({})).status).toBe(200);
  before = { room, etags, grant: await server.join(server.admin, room) };
});

describe.each(Object.entries(WAYS))('when a room %s', (_, passSlug) => {
  it('an ETag of the former room does not match', async () => {
    const room = await passSlug(before.room);
    const own = (await server.admin.get(at)).headers.get('etag') ?? '';
    expect(before.etags).not.toContain(own);
    for (const etag of [...before.etags, '"1"']) {
      const stale = { 'if-match': etag };
      expect(await server.admin.patch(at, { name: 'Stale' }, stale)).toBeProblem(
        412,
        'precondition_failed',
      );
      expect(await server.admin.delete(at, stale)).toBeProblem(412, 'precondition_failed');
    }
    for (let change = 0; change < 4; change += 1) {
      const { headers } = await server.admin.patch(at, { name: `Change ${change}` });
      expect(before.etags).not.toContain(headers.get('etag'));
    }
    expect((await server.admin.patch(at, { name: 'X' }, { 'if-match': own })).status).toBe(412);
    const now = (await server.admin.get(at)).headers.get('etag') ?? '';
    expect((await server.admin.patch(at, { name: 'X' }, { 'if-match': now })).status).toBe(200);
    expect((await server.admin.get<Room>(at)).body.id).toBe(room.id);
  });

  it('a generation of the former room is unknown in the new room', async () => {
    const room = await passSlug(before.room);
    const { generation } = await server.join(server.admin, room);
    expect(generation).toBe(before.grant.generation + 1);
    for (let stale = 1; stale < generation; stale += 1) {
      expect(await rekey({ generation: stale })).toBeProblem(409, 'generation_changed');
      expect(await report(stale)).toMatchObject({ action: 'rejoin' });
    }
    expect(await report(generation)).toMatchObject({ action: 'rejoin_with_new_name' });
    expect((await rekey({ generation, dryRun: true })).status).toBe(200);
    const { body } = await server.admin.get<{ items: object[] }>(`${at}/generations`);
    expect(body.items).toMatchObject([{ generation, endedAt: null, reason: null }]);
    const events = await server.database.query<{ data: object }>(
      `select data from room_events where room_id = $1 and type = 'token.moved'`,
      [room.id],
    );
    expect(events).toEqual([{ data: { generation, reason: 'first' } }]);
  });

  it('an event id of the former room leads to a reset', async () => {
    const room = await passSlug(before.room);
    const { lastEventId } = await server.join(server.admin, room);
    const last = Number(before.grant.lastEventId);
    expect(last).toBeGreaterThan(4);
    // Ids after the join lead to a reset too, such as the id of the deletion of the room.
    for (const after of [0, 1, last - 1, last, last + 1]) {
      const { body } = await follow(String(after));
      expect([after, body.items.map(({ type }) => type)]).toEqual([after, ['reset']]);
    }
    expect((await follow(lastEventId)).body.items).toEqual([]);
    await server.admin.patch(at, { name: 'News' });
    expect((await follow(lastEventId)).body.items).toMatchObject([{ type: 'room.updated' }]);
  });

  it('an answer of the former room is not replayed', async () => {
    const invite = () =>
      server.admin.post<{ code: string }>(
        `${at}/invites`,
        { role: 'viewer' },
        { 'idempotency-key': `invite to ${before.room.id}` },
      );
    const first = await invite();
    expect(await invite()).toMatchObject({ status: 201, body: { code: first.body.code } });
    await passSlug(before.room);
    expect(await invite()).toBeProblem(409, 'idempotency_key_reused');
  });
});

describe('a room with a live token that takes over a slug', () => {
  it.each([0, 1, 5])(
    'moves everybody past the former generations, after %i moves of its own',
    async (moves) => {
      const { generation: former } = before.grant;
      const other = await server.createRoom({ slug: 'saturday-party' });
      const own = [await server.join(server.admin, other)];
      for (let move = 0; move < moves; move += 1) {
        await server.database.query(`update room_tokens set rekeyed_at = null where room_id = $1`, [
          other.id,
        ]);
        await server.admin.post(`/v1/rooms/${other.id}/rekey`, { reason: 'for a test' });
        own.push(await server.join(server.admin, other));
      }
      await server.admin.delete(`/v1/rooms/${before.room.id}`);
      expect((await server.admin.patch(`/v1/rooms/${other.id}`, { slug })).status).toBe(200);
      const { generation, token } = await server.join(server.admin, other);
      const last = own.at(-1) ?? expect.unreachable();
      const isPast = last.generation > former;
      expect(generation).toBe(isPast ? last.generation : former + 1);
      expect(token === last.token).toBe(isPast);
      for (let stale = 1; stale <= former; stale += 1) {
        expect(await rekey({ generation: stale })).toBeProblem(409, 'generation_changed');
        expect(await report(stale)).toMatchObject({ action: 'rejoin' });
      }
    },
  );

  it('moves the people inside without a request from them', async () => {
    const other = await server.createRoom({ slug: 'saturday-party' });
    const { lastEventId } = await server.join(server.admin, other);
    await server.admin.delete(`/v1/rooms/${before.room.id}`);
    await server.admin.patch(`/v1/rooms/${other.id}`, { slug });
    const moves = () =>
      server.database.query<{ data: object }>(
        `select data from room_events where room_id = $1 and type = 'token.moved' and id > $2`,
        [other.id, lastEventId],
      );
    await vi.waitFor(async () => expect(await moves()).toHaveLength(1), 10_000);
    const generation = before.grant.generation + 1;
    expect(await moves()).toEqual([{ data: { generation, reason: 'expired' } }]);
  });
});

describe('a slug that was never used', () => {
  it('belongs to a room whose versions and generations begin at 1', async () => {
    const room = await server.createRoom({ slug: `new-${Date.now()}` });
    expect((await server.admin.get(`/v1/rooms/${room.id}`)).headers.get('etag')).toBe('"1"');
    expect(await server.join(server.admin, room)).toMatchObject({ generation: 1 });
  });
});

describe('a request with an Idempotency-Key', () => {
  it('is refused as not found after the room was deleted, even if it was answered before', async () => {
    const ask = () =>
      server.admin.post(`${at}/invites`, { role: 'viewer' }, { 'idempotency-key': 'gone' });
    expect((await ask()).status).toBe(201);
    await server.admin.delete(at);
    expect(await ask()).toBeProblem(404, 'not_found');
  });

  it('is the same request by the slug and by the id', async () => {
    const ask = (room: string) =>
      server.admin.post<{ code: string }>(
        `/v1/rooms/${room}/invites`,
        { role: 'viewer' },
        { 'idempotency-key': 'by both' },
      );
    const { body } = await ask(slug);
    for (const name of [before.room.id, slug.toUpperCase()])
      expect((await ask(name)).body.code).toBe(body.code);
  });
});
