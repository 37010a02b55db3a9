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
  it('runs out when nothing is heard for long enough, and its name is free again', async () => {
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

describe('a seat of which nothing was heard for too long', () => {
  let room: Room;

  beforeEach(async () => {
    await start('60');
    room = await server.createRoom({ capacity: 1 });
  });

  /** As if nothing was heard of these seats for so many seconds; their rows are still there. */
  const age = (seconds: number, ...grants: JoinGrant[]) =>
    server.database.query(
      'update seats set seen_at = seen_at - make_interval(secs => $1) where id = any ($2)',
      [seconds, grants.map(({ participant }) => participant.id)],
    );

  it('is not one that was heard of a moment ago, by a join or a heartbeat', async () => {
    const grant = await server.join(ann, room);
    for (const touch of ['heartbeat', 'heartbeat', 'join', 'join', 'heartbeat']) {
      await age(40, grant);
      expect((await call(ann, room, touch)).status).toBe(200);
    }
    expect((await server.join(ann, room)).participant).toEqual(grant.participant);
    expect(await countIn(room)).toBe(1);
    expect(await call(ben, room, 'join')).toBeProblem(409, 'room_full');
  });

  it('cannot be brought back by a heartbeat, nor left', async () => {
    await age(61, await server.join(ann, room));
    expect(await countIn(room)).toBe(0);
    for (const verb of ['heartbeat', 'leave'])
      expect(await call(ann, room, verb)).toBeProblem(409, 'not_in_room');
  });

  it('is free for somebody else, and its holder has to take another one', async () => {
    const grant = await server.join(ann, room);
    await age(61, grant);
    await server.join(ben, room);
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_full');
    await call(ben, room, 'leave');
    const again = await server.join(ann, room);
    expect(again.participant.id).not.toBe(grant.participant.id);
  });

  it('lets nobody keep it in a room that is locked', async () => {
    await age(61, await server.join(ann, room));
    await server.admin.patch(`/v1/rooms/${room.id}`, { status: 'locked' });
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_locked');
  });

  it('leaves its name to somebody who joins', async () => {
    const large = await server.createRoom();
    const displayName = 'Fan';
    await age(61, await server.join(ann, large, { displayName }));
    expect(nameOf(await server.join(ben, large, { displayName }))).toBe('Fan');
    expect(nameOf(await server.join(ann, large, { displayName }))).toBe('Fan 2');
  });

  it('leaves its name to somebody inside who wants a new one', async () => {
    const large = await server.createRoom();
    await server.join(ben, large);
    await age(61, await server.join(ann, large, { displayName: 'Fan' }));
    const wish = { displayName: 'Fan', newName: true };
    const renamed = await call<JoinGrant>(ben, large, 'join', wish);
    expect(renamed.status).toBe(200);
    expect(nameOf(renamed.body)).toBe('Fan');
  });
});
