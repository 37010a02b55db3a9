import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

let ben: Client;
let host: Client;

const server = useApp();

beforeAll(async () => {
  [ben, host] = await Promise.all([server.signUp('Ben'), server.signUp('Host')]);
});
const pathOf = ({ id }: Room) => `/v1/rooms/${id}`;
const member = (room: Room, client: Client) => `${pathOf(room)}/members/${idOf(client)}`;
const user = (client: Client) => `/v1/users/${idOf(client)}`;
const countIn = async (room: Room) =>
  (await server.admin.get<Room>(pathOf(room))).body.participantCount;
const join = (client: Client, room: Room) =>
  client.post<JoinGrant>(`${pathOf(room)}/join`, { displayName: 'Fan' });

interface Scene {
  readonly room: Room;
  readonly ann: Client;
}

/** A room with one seat, which Ann has; Ben and the host are members. */
async function enter(access: 'members' | 'users', rights: 'member' | 'admin' | 'anybody') {
  const [ann, room] = [
    await server.signUp('Ann'),
    await server.createRoom({ access, capacity: 1 }),
  ];
  await server.admin.put(member(room, ben), { role: 'participant' });
  await server.admin.put(member(room, host), { role: 'host' });
  if (rights === 'member') await server.admin.put(member(room, ann), { role: 'participant' });
  if (rights === 'admin') await server.admin.patch(user(ann), { role: 'admin' });
  expect((await join(ann, room)).body.participant.displayName).toBe('Fan');
  expect(await join(ben, room)).toBeProblem(409, 'room_full');
  return { room, ann };
}

type Loss = [
  holder: string,
  access: 'members' | 'users',
  rights: 'member' | 'admin' | 'anybody',
  lose: (scene: Scene) => Promise<unknown>,
];
const removal = ({ room, ann }: Scene) => host.delete(member(room, ann));
const hiding = ({ room }: Scene) => server.admin.patch(pathOf(room), { access: 'members' });
const losses: Loss[] = [
  ['who is no longer a member', 'members', 'member', removal],
  ['who is no member of a room that now admits members only', 'users', 'anybody', hiding],
  [
    'who is no longer an administrator',
    'members',
    'admin',
    ({ ann }) => server.admin.patch(user(ann), { role: 'user' }),
  ],
  [
    'who is disabled',
    'members',
    'member',
    ({ ann }) => server.admin.patch(user(ann), { status: 'disabled' }),
  ],
  ['who is deleted', 'members', 'member', ({ ann }) => server.admin.delete(user(ann))],
];

describe('the seat of a person', () => {
  it.each(losses)('%s is free at once, and so is its name', async (_, access, rights, lose) => {
    const scene = await enter(access, rights);
    await lose(scene);
    expect(await countIn(scene.room)).toBe(0);
    const { status, body } = await join(ben, scene.room);
    expect(status).toBe(200);
    expect(body.participant.displayName).toBe('Fan');
  });

  const stays: Loss[] = [
    ['who is no longer a member of a room that admits every user', 'users', 'member', removal],
    ['who is a member of a room that now admits members only', 'users', 'member', hiding],
    ['who is an administrator in a room that now admits members only', 'users', 'admin', hiding],
    [
      'who is no longer an administrator of a room that admits every user',
      'users',
      'admin',
      ({ ann }) => server.admin.patch(user(ann), { role: 'user' }),
    ],
  ];
  it.each(stays)('%s is kept', async (_, access, rights, change) => {
    const scene = await enter(access, rights);
    await change(scene);
    expect(await countIn(scene.room)).toBe(1);
    expect((await scene.ann.post(`${pathOf(scene.room)}/heartbeat`)).status).toBe(200);
  });

  it('is kept in every room except the room that they were removed from', async () => {
    const [scene, elsewhere] = [await enter('members', 'member'), await server.createRoom()];
    await server.join(scene.ann, elsewhere);
    await removal(scene);
    expect([await countIn(scene.room), await countIn(elsewhere)]).toEqual([0, 1]);
  });
});
