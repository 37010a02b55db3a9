import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.js';
import type { Client } from './support/client.js';
import { expectProblem } from './support/expect-problem.js';
import type { JoinGrant, Room } from './support/shapes.js';

const accessCode = 'let me in';
let server: TestApp;
let ann: Client;
let ben: Client;

beforeAll(async () => {
  server = await startApp();
  [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
});
afterAll(() => server.stop());

const join = (client: Client, room: Room, wish: Record<string, unknown> = {}) =>
  client.post<JoinGrant>(`/v1/rooms/${room.id}/join`, wish);
const change = (room: Room, patch: Record<string, unknown>) =>
  server.admin.patch<Room>(`/v1/rooms/${room.id}`, patch);

describe('an access code', () => {
  it('is given once, whatever comes between', async () => {
    const room = await server.createRoom({ accessCode });
    expect(await join(ann, room)).toBeProblem(403, 'access_code_required');
    expect(await join(ann, room, { accessCode: 'let me' })).toBeProblem(403, 'access_code_wrong');
    expect(await join(ann, room)).toBeProblem(403, 'access_code_required');
    expect((await join(ann, room, { accessCode })).status).toBe(200);
    expect((await join(ann, room)).status).toBe(200);
    await ann.post(`/v1/rooms/${room.id}/leave`);
    await change(room, { name: 'Another name' });
    expect((await join(ann, room)).status).toBe(200);
    expect(await join(ben, room)).toBeProblem(403, 'access_code_required');
  });

  it('counts for one room, and for one person', async () => {
    const [first, second] = [
      await server.createRoom({ accessCode }),
      await server.createRoom({ accessCode }),
    ];
    expect((await join(ann, first, { accessCode })).status).toBe(200);
    expect(await join(ann, second)).toBeProblem(403, 'access_code_required');
    expect(await join(ben, first)).toBeProblem(403, 'access_code_required');
  });

  it('is asked for again when it changes, and only then', async () => {
    const room = await server.createRoom({ accessCode });
    await join(ann, room, { accessCode });
    await change(room, { accessCode: 'another' });
    expect(await join(ann, room, { accessCode })).toBeProblem(403, 'access_code_wrong');
    expect((await join(ann, room, { accessCode: 'another' })).status).toBe(200);
    await change(room, { accessCode: 'another' });
    expect((await join(ann, room)).status).toBe(200);
    await change(room, { accessCode: null });
    expect((await join(ben, room)).status).toBe(200);
    await change(room, { accessCode });
    expect(await join(ann, room)).toBeProblem(403, 'access_code_required');
  });

  it('is not asked of administrators and hosts, but of members', async () => {
    const room = await server.createRoom({ accessCode, access: 'members' });
    const members = `/v1/rooms/${room.id}/members`;
    await server.admin.put(`${members}/${ann.signedIn?.user.id}`, { role: 'host' });
    await server.admin.put(`${members}/${ben.signedIn?.user.id}`, { role: 'participant' });
    expect((await join(server.admin, room)).status).toBe(200);
    expect((await join(ann, room)).status).toBe(200);
    expect(await join(ben, room)).toBeProblem(403, 'access_code_required');
    expect((await join(ben, room, { accessCode })).status).toBe(200);
  });

  it('admits nobody by itself', async () => {
    const hidden = await server.createRoom({ accessCode, access: 'members' });
    expect(await join(ann, hidden, { accessCode })).toBeProblem(404, 'not_found');
    const closed = await server.createRoom({ accessCode });
    await change(closed, { status: 'closed' });
    expect(await join(ann, closed, { accessCode })).toBeProblem(409, 'room_closed');
  });

  it('is compared exactly, composed or not', async () => {
    const room = await server.createRoom({ accessCode: 'Café au lait' });
    for (const wrong of ['café au lait', 'Cafe au lait', ' Café au lait', 'Café au lait '])
      expect(await join(ann, room, { accessCode: wrong })).toBeProblem(403, 'access_code_wrong');
    expect((await join(ann, room, { accessCode: 'Cafe\u0301 au lait' })).status).toBe(200);
  });
});

describe('guessing an access code', () => {
  it('is stopped after ten wrong ones, even with the right one', async () => {
    const room = await server.createRoom({ accessCode });
    for (let guess = 0; guess < 10; guess += 1)
      expect(await join(ann, room, { accessCode: `guess ${guess}` })).toBeProblem(
        403,
        'access_code_wrong',
      );
    const answer = await join(ann, room, { accessCode });
    const { retryAfter } = expectProblem(answer, 429, 'rate_limited');
    expect(retryAfter).toBe(1);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await join(ben, room, { accessCode })).status).toBe(200);
    const other = await server.createRoom({ accessCode });
    expect((await join(ann, other, { accessCode })).status).toBe(200);
  });

  it('is stopped when many guesses come at once: ten are looked at', async () => {
    const room = await server.createRoom({ accessCode });
    const start = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, guess) => join(ann, room, { accessCode: `guess ${guess}` })),
    );
    const seconds = (performance.now() - start) / 1000;
    const refused = answers.filter(({ status }) => status === 429);
    const looked = answers.filter(({ status }) => status === 403);
    expect(refused.length + looked.length).toBe(30);
    expect(looked.length).toBeGreaterThanOrEqual(10);
    // A second later one more guess is free again.
    expect(looked.length).toBeLessThanOrEqual(10 + Math.floor(seconds));
    for (const answer of refused)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('takes longer each time, and starts anew after the right one', async () => {
    const room = await server.createRoom({ accessCode });
    const wait = () => server.database.query('update throttles set blocked_until = now()');
    for (let guess = 0; guess < 9; guess += 1) await join(ann, room, { accessCode: 'wrong' });
    const seconds: (number | undefined)[] = [];
    for (let round = 0; round < 5; round += 1) {
      await wait();
      expect(await join(ann, room, { accessCode: 'wrong' })).toBeProblem(403, 'access_code_wrong');
      const refused = await join(ann, room, { accessCode });
      seconds.push(expectProblem(refused, 429, 'rate_limited').retryAfter);
    }
    expect(seconds).toEqual([1, 2, 4, 8, 16]);
    await wait();
    expect((await join(ann, room, { accessCode })).status).toBe(200);
    await change(room, { accessCode: 'another' });
    expect(await join(ann, room, { accessCode })).toBeProblem(403, 'access_code_wrong');
    expect(await join(ann, room, { accessCode })).toBeProblem(403, 'access_code_wrong');
  });

  it('costs nothing where no code is asked for, or none is given', async () => {
    const room = await server.createRoom({ accessCode });
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect(await join(ann, room)).toBeProblem(403, 'access_code_required');
      expect((await join(server.admin, room, { accessCode: 'wrong' })).status).toBe(200);
    }
    expect((await join(ann, room, { accessCode })).status).toBe(200);
  });
});
