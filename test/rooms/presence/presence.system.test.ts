import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

let server: TestApp;
let ann: Client;
let ben: Client;

async function start(presenceTtl: string): Promise<void> {
  server = await startApp({ PRESENCE_TTL: presenceTtl });
  [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
}
afterEach(() => server.stop());

const call = <Result>(client: Client, { id }: Room, verb: string, body?: Record<string, unknown>) =>
  client.post<Result>(`/v1/rooms/${id}/${verb}`, body);
const countIn = async ({ id }: Room) =>
  (await server.admin.get<Room>(`/v1/rooms/${id}`)).body.participantCount;
const nameOf = ({ participant }: JoinGrant) => participant.displayName;

describe('a seat', () => {
  it('expires after a time without a request, and its name is free again', async () => {
    await start('1');
    const room = await server.createRoom({ capacity: 1 });
    const first = await server.join(ann, room, { displayName: 'Fan' });
    await sleep(1_100);
    expect(await countIn(room)).toBe(0);
    expect(await call(ann, room, 'heartbeat')).toBeProblem(409, 'not_in_room');
    const second = await server.join(ben, room, { displayName: 'Fan' });
    expect(nameOf(second)).toBe('Fan');
    expect(second.token).toBe(first.token);
  });
});

describe('an expired seat', () => {
  let room: Room;

  beforeEach(async () => {
    await start('60');
    room = await server.createRoom({ capacity: 1 });
  });

  /** Moves the last request of these seats into the past by so many seconds; their rows remain. */
  const age = (seconds: number, ...grants: JoinGrant[]) =>
    server.database.query(
      'update seats set seen_at = seen_at - make_interval(secs => $1) where id = any ($2)',
      [seconds, grants.map(({ participant }) => participant.id)],
    );

  it('is not a seat that a join or a heartbeat has renewed in time', async () => {
    const grant = await server.join(ann, room);
    for (const touch of ['heartbeat', 'heartbeat', 'join', 'join', 'heartbeat']) {
      await age(40, grant);
      expect((await call(ann, room, touch)).status).toBe(200);
    }
    expect((await server.join(ann, room)).participant).toEqual(grant.participant);
    expect(await countIn(room)).toBe(1);
    expect(await call(ben, room, 'join')).toBeProblem(409, 'room_full');
  });

  it('cannot be renewed by a heartbeat, and cannot be left', async () => {
    await age(61, await server.join(ann, room));
    expect(await countIn(room)).toBe(0);
    for (const verb of ['heartbeat', 'leave'])
      expect(await call(ann, room, verb)).toBeProblem(409, 'not_in_room');
  });

  it('is free for another person, and its former holder needs a new seat', async () => {
    const grant = await server.join(ann, room);
    await age(61, grant);
    await server.join(ben, room);
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_full');
    await call(ben, room, 'leave');
    const again = await server.join(ann, room);
    expect(again.participant.id).not.toBe(grant.participant.id);
  });

  it('does not admit its former holder to a locked room', async () => {
    await age(61, await server.join(ann, room));
    await server.admin.patch(`/v1/rooms/${room.id}`, { status: 'locked' });
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_locked');
  });

  it('leaves its name to another person who joins', async () => {
    const large = await server.createRoom();
    const displayName = 'Fan';
    await age(61, await server.join(ann, large, { displayName }));
    expect(nameOf(await server.join(ben, large, { displayName }))).toBe('Fan');
    expect(nameOf(await server.join(ann, large, { displayName }))).toBe('Fan 2');
  });

  it('leaves its name to a participant who asks for a new name', async () => {
    const large = await server.createRoom();
    await server.join(ben, large);
    await age(61, await server.join(ann, large, { displayName: 'Fan' }));
    const wish = { displayName: 'Fan', newName: true };
    const renamed = await call<JoinGrant>(ben, large, 'join', wish);
    expect(renamed.status).toBe(200);
    expect(nameOf(renamed.body)).toBe('Fan');
  });
});
