import type { TestApp } from './app.js';
import type { Client } from './client.js';
import { invite, signInAsGuest } from './invites.js';
import type { List, Room } from './shapes.js';

/** A room with one object of every kind, and its people. */
export interface Household {
  readonly room: Room;
  readonly host: Client;
  readonly guest: Client;
  /** Two members with a seat in the room. */
  readonly member: string;
  readonly other: string;
  readonly banned: string;
  readonly invite: string;
}

const idOf = ({ signedIn }: Client) => signedIn?.user.id ?? '';

export async function furnish(server: TestApp): Promise<Household> {
  const room = await server.createRoom({ access: 'members' });
  const enter = async (role: string): Promise<Client> => {
    const client = await server.signUp();
    await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(client)}`, { role });
    await server.join(client, room);
    return client;
  };
  const [host, member, other] = [await enter('host'), await enter('viewer'), await enter('viewer')];
  const banned = idOf(await server.signUp());
  await server.admin.put(`/v1/rooms/${room.id}/bans/${banned}`, {});
  const { id, code } = await invite(server, room);
  const guest = await signInAsGuest(server, code);
  return { room, host, guest, member: idOf(member), other: idOf(other), banned, invite: id };
}

export async function sessionOf({ admin }: TestApp, userId: string): Promise<string> {
  const { body } = await admin.get<List<{ id: string }>>(`/v1/users/${userId}/sessions`);
  return body.items[0]?.id ?? '';
}

/** Returns everything that another user could have changed, as an admin sees it. */
export async function inventoryOf({ admin }: TestApp, { room, member }: Household) {
  const lists = ['members', 'invites', 'bans', 'participants', 'generations', 'holders'];
  const paths = [
    ...['', ...lists.map((list) => `/${list}`)].map((path) => `/v1/rooms/${room.id}${path}`),
    ...['', '/sessions'].map((path) => `/v1/users/${member}${path}`),
  ];
  return Promise.all(paths.map(async (path) => (await admin.get(path)).body));
}
