import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { Room } from '../../support/shapes.js';

interface Advice {
  readonly action: string;
  readonly retryAfter?: number;
  readonly detail: string;
}

const server = useApp();
const path = (room: Room) => `/v1/rooms/${room.id}/reports`;

async function people(room: Room, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let index = 0; index < count; index += 1) {
    const client = await server.signUp(`Reporter ${index}`);
    await server.join(client, room);
    clients.push(client);
  }
  return clients;
}

async function report(client: Client, room: Room, sdkCode: number, generation = 1) {
  return client.post<Advice>(path(room), { sdkCode, generation });
}

async function alarms(room: Room): Promise<unknown[]> {
  const query = `/v1/audit?action=alarm.session_dead&roomId=${room.id}`;
  return (await server.admin.get<{ items: unknown[] }>(query)).body.items;
}

describe('a report of an SDK error', () => {
  it.each([
    [-1, 'retry'],
    [101, 'fix_client'],
    [102, 'fix_client'],
    [103, 'ignore'],
    [104, 'rejoin_with_new_name'],
    [105, 'fix_client'],
    [106, 'rejoin'],
    [201, 'retry'],
    [203, 'rejoin'],
    [204, 'rejoin'],
    [206, 'join_as_viewer'],
    [303, 'retry'],
    [308, 'ask_user'],
    [309, 'ask_user'],
    [801, 'retry'],
    [802, 'retry'],
    [803, 'retry'],
    [901, 'retry'],
    [999, 'fix_client'],
    // The vendor may add codes.
    [777, 'retry'],
  ])('with the code %i gets the advice %s', async (sdkCode, action) => {
    const room = await server.createRoom();
    await server.join(server.admin, room);
    const { status, body } = await report(server.admin, room, sdkCode);
    expect(status).toBe(200);
    expect(body.action).toBe(action);
    expect(body.detail.length).toBeGreaterThan(10);
    expect(typeof body.retryAfter).toBe(action === 'retry' ? 'number' : 'undefined');
  });

  it('of an old generation gets the advice to join again', async () => {
    const room = await server.createRoom();
    await server.join(server.admin, room);
    await server.database.query('update room_tokens set generation = 2 where room_id = $1', [
      room.id,
    ]);
    const { body } = await report(server.admin, room, 801, 1);
    expect(body.action).toBe('rejoin');
  });

  it.each([{}, { sdkCode: 203 }, { sdkCode: 'x', generation: 1 }, { sdkCode: 1.5, generation: 1 }])(
    'must have all fields, with valid values: %j',
    async (body) => {
      const room = await server.createRoom();
      await server.join(server.admin, room);
      expect(await server.admin.post(path(room), body)).toBeProblem(400, 'invalid_request');
    },
  );

  it('is accepted only from people inside', async () => {
    const room = await server.createRoom({ access: 'members' });
    expect(await report(server.admin, room, 203)).toBeProblem(409, 'not_in_room');
    const stranger = await server.signUp();
    expect(await report(stranger, room, 203)).toBeProblem(404, 'not_found');
    const closed = await server.createRoom();
    const [member] = await people(closed, 1);
    await server.admin.patch(`/v1/rooms/${closed.id}`, { status: 'closed' });
    const answer = await report(member ?? stranger, closed, 203);
    expect([404, 409]).toContain(answer.status);
  });
});

describe('a dead session', () => {
  it('raises one alarm when at least three people report it at once, and keeps the token', async () => {
    const room = await server.createRoom();
    const crowd = await people(room, 8);
    const before = await server.join(server.admin, room);
    await Promise.all(crowd.map((client) => report(client, room, 203)));
    expect(await alarms(room)).toEqual([
      expect.objectContaining({ actorId: null, details: { generation: 1 } }),
    ]);
    const after = await server.join(server.admin, room);
    expect(after).toMatchObject({ token: before.token, generation: before.generation });
  });

  it('is not counted after the alarm, so later reports need not wait for the count', async () => {
    const room = await server.createRoom();
    for (const client of await people(room, 5))
      expect((await report(client, room, 203)).body.action).toBe('rejoin');
    const counted = await server.database.query<{ reporters: number }>(
      'select reporters from dead_sessions where room_id = $1',
      [room.id],
    );
    expect(counted).toEqual([{ reporters: 3 }]);
  });

  it('raises no alarm when two people report it, even several times', async () => {
    const room = await server.createRoom();
    const [first, second] = (await people(room, 2)) as [Client, Client];
    for (let time = 0; time < 4; time += 1) await report(first, room, 204);
    await report(second, room, 203);
    expect(await alarms(room)).toEqual([]);
  });

  it('raises no alarm for reports of another error or of a future generation', async () => {
    const room = await server.createRoom();
    const crowd = await people(room, 4);
    await Promise.all(crowd.map((client) => report(client, room, 801)));
    await Promise.all(crowd.map((client) => report(client, room, 203, 7)));
    expect(await alarms(room)).toEqual([]);
  });
});
