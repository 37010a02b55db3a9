import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { Heartbeat, JoinGrant, List, Room } from '../../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../../support/token-rows.js';

interface Rekey {
  readonly generation: number;
  readonly moves: { userId: string; displayName: string; role: string }[];
}

interface Ready {
  readonly parts: { readonly tokens: { readonly works: boolean } };
}

let host: Client;
let ann: Client;
let ben: Client;

const server = useApp();

beforeAll(async () => {
  [host, ann, ben] = await Promise.all([
    server.signUp('Host'),
    server.signUp('Ann'),
    server.signUp('Ben'),
  ]);
});
afterEach(() => server.cas.reset());

const rekey = (by: Client, room: Room, body: Record<string, unknown> = {}) =>
  by.post<Rekey>(`/v1/rooms/${room.id}/rekey`, { reason: 'the token leaked', ...body });

/** A room with Ann and Ben inside, run by Host. */
async function party(): Promise<{ room: Room; grants: JoinGrant[] }> {
  const room = await server.createRoom();
  await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
  const grants = [await server.join(ann, room), await server.join(ben, room)];
  server.cas.reset();
  return { room, grants };
}

const generationOf = async (room: Room) => (await tokenRowOf(server.database, room.id)).generation;

describe('a re-key', () => {
  it('gives everybody who joins again the same new token, from one call to CAS', async () => {
    const { room, grants } = await party();
    const { status, body } = await rekey(host, room);
    expect(status).toBe(200);
    expect(body).toEqual({
      generation: 2,
      moves: [
        { userId: idOf(ann), displayName: 'Ann', role: 'participant' },
        { userId: idOf(ben), displayName: 'Ben', role: 'participant' },
      ],
    });
    const beat = await ann.post<Heartbeat>(`/v1/rooms/${room.id}/heartbeat`);
    expect(beat.body.generation).toBe(2);
    const again = [await server.join(ann, room), await server.join(ben, room)];
    expect(again.map(({ generation }) => generation)).toEqual([2, 2]);
    expect(again[0]?.token).toBe(again[1]?.token);
    expect(again[0]?.token).not.toBe(grants[0]?.token);
    expect(again[0]?.participant).toEqual(grants[0]?.participant);
    expect(server.cas.stats().received).toBe(1);
  });

  it('keeps the old token in use until the new token is stored', async () => {
    const { room } = await party();
    server.cas.behave({ delay: 1_000 });
    const rekeying = rekey(host, room);
    await expect
      .poll(async () => (await tokenRowOf(server.database, room.id)).leaseIn)
      .toBeGreaterThan(0);
    expect((await server.join(ann, room)).generation).toBe(1);
    expect((await rekeying).body.generation).toBe(2);
    expect((await server.join(ann, room)).generation).toBe(2);
  });

  it('changes nothing when CAS returns no token', async () => {
    const { room, grants } = await party();
    server.cas.behave({ status: 500 });
    const answer = await rekey(host, room);
    const problem = expectProblem(answer, 503, 'cas_unavailable');
    expect(problem).toMatchObject({
      detail: expect.stringContaining('stays valid'),
      retryAfter: 5,
    });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect((await server.join(ben, room)).token).toBe(grants[1]?.token);
    expect(await generationOf(room)).toBe(1);
    server.cas.reset();
    // The re-key waits for the end of the back-off, which is short after the first failure.
    expect((await rekey(host, room)).body.generation).toBe(2);
  });

  it('of a named generation happens once, even if eight requests ask for it', async () => {
    const { room } = await party();
    const asked = Array.from({ length: 8 }, () => rekey(host, room, { generation: 1 }));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(answer).toBeProblem(409, 'generation_changed');
    expect(await rekey(host, room, { generation: 1 })).toBeProblem(409, 'generation_changed');
    expect(await rekey(host, room, { generation: 3 })).toBeProblem(409, 'generation_changed');
    expect(await generationOf(room)).toBe(2);
    expect(server.cas.stats().received).toBe(1);
    await changeTokenRow(server.database, room.id, `rekeyed_at = rekeyed_at - interval '10 s'`);
    expect((await rekey(host, room, { generation: 2 })).body.generation).toBe(3);
  });

  it('that is a dry run lists the people whom it would move, and moves nobody', async () => {
    const { room } = await party();
    const { body } = await rekey(host, room, { dryRun: true });
    expect(body.generation).toBe(1);
    expect(body.moves.map(({ displayName }) => displayName)).toEqual(['Ann', 'Ben']);
    expect(await rekey(host, room, { dryRun: true, generation: 7 })).toBeProblem(
      409,
      'generation_changed',
    );
    expect([await generationOf(room), server.cas.stats().received]).toEqual([1, 0]);
  });

  it('needs a live token, and fetches none for a cold room', async () => {
    const room = await server.createRoom();
    expect(await rekey(server.admin, room)).toBeProblem(409, 'no_live_token');
    expect(await rekey(server.admin, room, { dryRun: true })).toBeProblem(409, 'no_live_token');
    await server.join(ann, room);
    await ann.post(`/v1/rooms/${room.id}/leave`);
    await changeTokenRow(server.database, room.id, 'serve_until = clock_timestamp()');
    server.cas.reset();
    expect(await rekey(server.admin, room)).toBeProblem(409, 'no_live_token');
    expect([await generationOf(room), server.cas.stats().received]).toEqual([1, 0]);
  });

  it('repairs a room whose token cannot be decrypted', async () => {
    const { room } = await party();
    await changeTokenRow(server.database, room.id, `token = '\\x00'`);
    expect(await ann.post(`/v1/rooms/${room.id}/join`)).toBeProblem(503, 'cas_unavailable');
    const works = async () => {
      const { body } = await server.anyone.get<Ready>('/health/ready');
      return body.parts.tokens.works;
    };
    expect(await works()).toBe(false);
    expect((await rekey(server.admin, room)).body.generation).toBe(2);
    expect(await works()).toBe(true);
    expect((await server.join(ann, room)).generation).toBe(2);
  });

  it('is recorded in the audit trail with its reason', async () => {
    const { room } = await party();
    await rekey(host, room);
    const path = `/v1/audit?roomId=${room.id}&action=token.rekeyed`;
    expect((await server.admin.get<List<unknown>>(path)).body.items).toEqual([
      expect.objectContaining({
        actorId: idOf(host),
        userId: null,
        details: { generation: 2, reason: 'the token leaked' },
        address: '127.0.0.1',
      }),
    ]);
  });

  it.each([
    [{ reason: '' }, '/reason'],
    [{ reason: 'x'.repeat(201) }, '/reason'],
    [{ reason: null }, '/reason'],
    [{ generation: 0 }, '/generation'],
    [{ dryRun: 'yes' }, '/dryRun'],
  ])('is refused with %j', async (body, place) => {
    const { room } = await party();
    const answer = await rekey(host, room, body);
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual([place]);
    expect(await generationOf(room)).toBe(1);
  });

  it('is refused for participants, and for hosts of other rooms', async () => {
    const { room } = await party();
    const other = await server.createRoom({ access: 'members' });
    expect(await rekey(ann, room)).toBeProblem(403, 'forbidden');
    expect(await rekey(host, other)).toBeProblem(404, 'not_found');
    expect(await generationOf(room)).toBe(1);
  });
});
