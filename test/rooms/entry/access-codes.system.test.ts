import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../../src/platform/config/config.js';
import { useApp, startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { clientOf, gatherCrowd } from '../../support/crowd.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

const accessCode = 'let me in';
let ann: Client;
let ben: Client;

const server = useApp();

beforeAll(async () => {
  [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
});
const join = (client: Client, room: Room, wish: Record<string, unknown> = {}) =>
  client.post<JoinGrant>(`/v1/rooms/${room.id}/join`, wish);
const change = (room: Room, patch: Record<string, unknown>) =>
  server.admin.patch<Room>(`/v1/rooms/${room.id}`, patch);

describe('an access code', () => {
  it('is needed once, even if the person leaves or the room is renamed', async () => {
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

  it('is remembered for one room and one person only', async () => {
    const [first, second] = [
      await server.createRoom({ accessCode }),
      await server.createRoom({ accessCode }),
    ];
    expect((await join(ann, first, { accessCode })).status).toBe(200);
    expect(await join(ann, second)).toBeProblem(403, 'access_code_required');
    expect(await join(ben, first)).toBeProblem(403, 'access_code_required');
  });

  it('is needed again after it has changed, and only then', async () => {
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

  it('is not needed by administrators and hosts, but by members', async () => {
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

  it('is compared exactly, in composed or decomposed form', async () => {
    const room = await server.createRoom({ accessCode: 'Café au lait' });
    for (const wrong of ['café au lait', 'Cafe au lait', 'Café  au lait', 'Caféaulait'])
      expect(await join(ann, room, { accessCode: wrong })).toBeProblem(403, 'access_code_wrong');
    expect((await join(ann, room, { accessCode: 'Cafe\u0301 au lait' })).status).toBe(200);
  });
});

describe('guessing an access code', () => {
  it('is refused after ten wrong codes, even with the right code', async () => {
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

  it('is refused after ten codes, even if thirty guesses come at once', async () => {
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
    // Each second allows one more guess.
    expect(looked.length).toBeLessThanOrEqual(10 + Math.floor(seconds));
    for (const answer of refused)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('is delayed longer each time, until the right code resets the delay', async () => {
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

  it('is counted only for joins with a code by people who need it', async () => {
    const room = await server.createRoom({ accessCode });
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect(await join(ann, room)).toBeProblem(403, 'access_code_required');
      expect((await join(server.admin, room, { accessCode: 'wrong' })).status).toBe(200);
    }
    expect((await join(ann, room, { accessCode })).status).toBe(200);
  });
});

describe('guessing an access code with many accounts', () => {
  const joinFrom = (client: Client, room: Room, code: string, from: string) =>
    client.post<JoinGrant>(
      `/v1/rooms/${room.id}/join`,
      { accessCode: code },
      { 'x-forwarded-for': from },
    );
  let hosted: TestApp;
  beforeAll(async () => {
    hosted = await startApp({ TRUST_PROXY: '127.0.0.1' });
  });
  afterAll(() => hosted.stop());
  const accounts = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, place) => hosted.signUp(`Somebody ${place}`)));

  it('is refused after 30 wrong codes from one network, and affects nobody else', async () => {
    const room = await hosted.createRoom({ accessCode: '4711' });
    const [inside, fresh, ...others] = (await accounts(7)) as [Client, Client, ...Client[]];
    expect((await joinFrom(inside, room, '4711', '203.0.113.1')).status).toBe(200);
    const answers = await Promise.all(
      others.flatMap((each) =>
        Array.from({ length: 9 }, (_, guess) => joinFrom(each, room, `000${guess}`, '203.0.113.1')),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
    const refused = expectProblem(
      await joinFrom(fresh, room, '4711', '203.0.113.1'),
      429,
      'rate_limited',
    );
    expect(refused.detail).toContain('from this network');
    expect(refused.retryAfter).toBeGreaterThan(0);
    expect(refused.retryAfter).toBeLessThanOrEqual(60);
    expect((await joinFrom(inside, room, '4711', '203.0.113.1')).status).toBe(200);
    const other = await hosted.createRoom({ accessCode: '4711' });
    expect((await joinFrom(fresh, other, '4711', '203.0.113.1')).status).toBe(200);
    expect((await joinFrom(fresh, room, '4711', '203.0.113.2')).status).toBe(200);
  });

  it('is then limited to one guess a minute', async () => {
    const room = await hosted.createRoom({ accessCode: '4711' });
    const people = await accounts(4);
    for (const [place, each] of people.entries())
      for (let guess = 0; guess < 9 && place * 9 + guess < 30; guess += 1)
        await joinFrom(each, room, 'wrong', '203.0.113.3');
    const [, , , last] = people as [Client, Client, Client, Client];
    expect(await joinFrom(last, room, 'wrong', '203.0.113.3')).toBeProblem(429, 'rate_limited');
    await hosted.database.query(
      `update rate_limits set spent_until = spent_until - interval '1 minute'`,
    );
    expect(await joinFrom(last, room, 'wrong', '203.0.113.3')).toBeProblem(
      403,
      'access_code_wrong',
    );
    expect(await joinFrom(last, room, '4711', '203.0.113.3')).toBeProblem(429, 'rate_limited');
  });

  it('is not suspected when forty people give the right code at once', async () => {
    const room = await hosted.createRoom({ accessCode: '4711' });
    const faces = await gatherCrowd(hosted.app.get(Config), 40);
    const people = faces.map((face) => clientOf(hosted.url, face));
    const answers = await Promise.all(
      people.map((each) => joinFrom(each, room, '4711', '203.0.113.4')),
    );
    expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200));
  });

  it('raises an alarm at the 300th wrong code of an hour, from all networks together', async () => {
    const room = await hosted.createRoom({ accessCode: '4711' });
    const alarms = () =>
      hosted.database.query(
        `select room_id from audit_entries where action = 'alarm.codes_guessed' and room_id = $1`,
        [room.id],
      );
    const [first, second] = (await accounts(2)) as [Client, Client];
    await joinFrom(first, room, 'wrong', '203.0.113.5');
    await hosted.database.query('update wrong_access_codes set count = 298 where room_id = $1', [
      room.id,
    ]);
    await joinFrom(first, room, 'wrong', '203.0.113.5');
    expect(await alarms()).toHaveLength(0);
    await joinFrom(second, room, 'wrong', '203.0.113.6');
    expect(await alarms()).toHaveLength(1);
    await joinFrom(second, room, 'wrong', '203.0.113.6');
    expect(await alarms()).toHaveLength(1);
    await hosted.database.query(
      `update wrong_access_codes set began_at = began_at - interval '2 hours' where room_id = $1`,
      [room.id],
    );
    await joinFrom(second, room, 'wrong', '203.0.113.6');
    expect(await alarms()).toHaveLength(1);
  });
});
