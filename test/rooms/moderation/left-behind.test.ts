import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../../support/token-rows.js';

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

const generationOf = async (room: Room) => (await tokenRowOf(server.database, room.id)).generation;

/** Ends the pause after a re-key. */
const endPause = (room: Room) =>
  changeTokenRow(server.database, room.id, `rekeyed_at = rekeyed_at - interval '10 s'`);

/** A room with Ann and Ben inside, run by Host. */
async function party(): Promise<{ room: Room }> {
  const room = await server.createRoom();
  await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
  for (const client of [ann, ben]) await server.join(client, room);
  server.cas.reset();
  return { room };
}

describe('with a re-key', () => {
  const ban = (room: Room, target: Client) =>
    host.put<{ userId: string }>(`/v1/rooms/${room.id}/bans/${idOf(target)}`, { rekey: true });
  const kick = (room: Room, target: Client) =>
    host.delete(`/v1/rooms/${room.id}/participants/${idOf(target)}?rekey=true`);

  it('a ban leaves the person behind, and everybody else gets a new token', async () => {
    const { room } = await party();
    const { status, body } = await ban(room, ben);
    expect([status, body.userId]).toEqual([200, idOf(ben)]);
    expect(await generationOf(room)).toBe(2);
    expect((await server.join(ann, room)).generation).toBe(2);
    expect(await ben.post(`/v1/rooms/${room.id}/join`)).toBeProblem(403, 'banned');
    const holders = `select user_id from holders where room_id = $1 and generation = 2`;
    expect(await server.database.query(holders, [room.id])).toEqual([{ user_id: idOf(ann) }]);
    const path = `/v1/audit?roomId=${room.id}&action=token.rekeyed`;
    const [entry] = (await server.admin.get<List<object>>(path)).body.items;
    expect(entry).toMatchObject({ userId: idOf(ben), details: { reason: 'banned' } });
  });

  it('a ban takes effect before CAS answers, and reports if CAS returns no token', async () => {
    const { room } = await party();
    server.cas.behave({ delay: 1_000 });
    const banning = ban(room, ben);
    await expect.poll(() => server.cas.stats().received).toBe(1);
    // CAS has not answered yet.
    expect(await ben.post(`/v1/rooms/${room.id}/join`)).toBeProblem(403, 'banned');
    expect(await generationOf(room)).toBe(1);
    expect((await banning).status).toBe(200);
    expect(await generationOf(room)).toBe(2);

    await endPause(room);
    server.cas.behave({ status: 500 });
    const problem = expectProblem(await ban(room, ann), 503, 'cas_unavailable');
    expect(problem.detail).toMatch(/is banned, but CAS returns no new token/);
    expect(problem.retryAfter).toBe(5);
    expect(await ann.post(`/v1/rooms/${room.id}/join`)).toBeProblem(403, 'banned');
    expect(await generationOf(room)).toBe(2);
    server.cas.reset();
    expect((await ban(room, ann)).status).toBe(200);
    expect(await generationOf(room)).toBe(3);
  });

  it('a kick moves everybody else, and reports if CAS returns no token', async () => {
    const { room } = await party();
    expect((await kick(room, ben)).status).toBe(204);
    expect(await generationOf(room)).toBe(2);
    await endPause(room);
    server.cas.behave({ status: 500 });
    const problem = expectProblem(await kick(room, ann), 503, 'cas_unavailable');
    expect(problem.detail).toMatch(/is kicked, but CAS returns no new token/);
    expect(await ann.post(`/v1/rooms/${room.id}/heartbeat`)).toBeProblem(409, 'not_in_room');
    expect(await generationOf(room)).toBe(2);
  });

  it('two bans at once move people once or twice, and leave both banned people behind', async () => {
    const { room } = await party();
    await server.join(host, room);
    const answers = await Promise.all([ban(room, ann), ban(room, ben)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { generation } = await server.join(host, room);
    expect([2, 3]).toContain(generation);
    const holders = `select 1 from holders where room_id = $1 and generation > 1 and user_id <> $2`;
    expect(await server.database.query(holders, [room.id, idOf(host)])).toEqual([]);
  });

  it('a ban in a cold room does not fetch a token', async () => {
    const room = await server.createRoom();
    await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
    server.cas.reset();
    expect((await ban(room, ann)).status).toBe(200);
    expect(server.cas.stats().received).toBe(0);
  });
});
