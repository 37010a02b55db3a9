import { expect } from 'vitest';
import type { Client } from '../client.js';
import { Stream } from '../feed.js';
import type { NewInvite, Room } from '../shapes.js';
import { testEnvironment } from '../config.js';
import { EMAIL, type Scene, signIn, type Testbed } from './scene.js';
import { SECRETS } from './secrets.js';

const { adminPassword, password, newPassword, temporaryPassword } = SECRETS;
const { accessCode, nextAccessCode, idempotencyKey } = SECRETS;
export const ONCE = { 'idempotency-key': idempotencyKey };

export const idOf = (client: Client): string => client.signedIn?.user.id ?? '';

/** Signs up, refreshes, changes the password and signs in again. */
async function enterPerson(testbed: Testbed): Promise<{ person: Client; spent: string }> {
  const { traffic } = testbed;
  const made = await signIn(testbed, { email: EMAIL, password, displayName: 'Canary' }, 'register');
  const spent = made.signedIn?.refreshToken ?? '';
  const second = await signIn(testbed, { refreshToken: spent }, 'refresh');
  const refreshToken = second.signedIn?.refreshToken;
  const third = await signIn(testbed, { refreshToken }, 'refresh');
  const change = { currentPassword: password, newPassword };
  await traffic.send(third, 'PUT /v1/me/password', change);
  const { deviceToken } = third.signedIn ?? {};
  return {
    person: await signIn(testbed, { email: EMAIL, password: newPassword, deviceToken }),
    spent,
  };
}

async function invite(
  testbed: Testbed,
  admin: Client,
  room: Room,
  note: string,
): Promise<NewInvite> {
  const wish = { role: 'participant', note };
  const route = `POST /v1/rooms/${room.id}/invites`;
  const made = await testbed.traffic.send<NewInvite>(admin, route, wish, ONCE);
  testbed.secrets.add('an invite code', made.code, /^the answer to POST .*\/invites$/);
  return made;
}

/** Creates a user whose password an admin has set. */
async function enterNewcomer(testbed: Testbed, admin: Client): Promise<Client> {
  const { send } = bound(testbed);
  const user = { email: 'made@example.org', password, displayName: 'Made' };
  const { id } = await send<{ id: string }>(admin, 'POST /v1/users', user, ONCE);
  expect(await send(admin, 'POST /v1/users', user, ONCE)).toMatchObject({ id });
  await send(admin, `PUT /v1/users/${id}/password`, { password: temporaryPassword });
  return signIn(testbed, { email: user.email, password: temporaryPassword });
}

const bound = ({ traffic }: Testbed) => ({ send: traffic.send.bind(traffic) });

/** Creates, uses, rotates and deletes API keys; a repeated request returns the same key. */
async function useKeys(testbed: Testbed, admin: Client, room: Room): Promise<void> {
  const { send } = bound(testbed);
  const handedOutBy = /^the answer to POST \/v1\/api-keys(\/[\w-]+\/rotate)?$/;
  const note = (key: string) => testbed.secrets.add('an API key', key, handedOutBy);
  const wish = { name: 'Canary', scopes: ['rooms:read', 'rooms:write'] };
  const made = await send<{ id: string; key: string }>(admin, 'POST /v1/api-keys', wish, ONCE);
  note(made.key);
  expect(await send(admin, 'POST /v1/api-keys', wish, ONCE)).toEqual(made);
  const path = `/v1/api-keys/${made.id}`;
  const { key } = await send<{ key: string }>(admin, `POST ${path}/rotate`, {}, ONCE);
  note(key);
  for (const text of [made.key, key]) {
    const client = testbed.traffic.as(text);
    await send(client, `GET /v1/rooms/${room.id}`);
    await send(client, `PATCH /v1/rooms/${room.id}`, { description: text.slice(0, 3) });
  }
  await send(admin, `PATCH ${path}`, { scopes: ['rooms:read'] });
  for (const route of [`GET ${path}`, 'GET /v1/api-keys', `GET /v1/users/${made.id}`])
    await send(admin, route);
  const gone = await send<{ id: string; key: string }>(admin, 'POST /v1/api-keys', wish);
  note(gone.key);
  await send(admin, `DELETE /v1/api-keys/${gone.id}`);
}

/** Sends the requests that only read; no answer may contain a secret. */
async function read(testbed: Testbed, admin: Client, person: Client, room: Room): Promise<void> {
  const { send } = bound(testbed);
  const own = ['', '/export', '/sessions'].map((path) => `GET /v1/me${path}`);
  const seen = ['', '/participants'].map((path) => `GET /v1/rooms/${room.id}${path}`);
  for (const route of [...own, ...seen, 'GET /v1/rooms']) await send(person, route);
  const user = idOf(person);
  const lists = ['invites', 'bans', 'members', 'generations', 'holders'];
  for (const path of [...lists, `explain?userId=${user}`])
    await send(admin, `GET /v1/rooms/${room.id}/${path}`);
  for (const path of ['audit', 'users', `users/${user}`, `users/${user}/sessions`])
    await send(admin, `GET /v1/${path}`);
  for (const path of ['health/ready', '.well-known/jwks.json', 'openapi.json', 'docs'])
    await send(admin, `GET /${path}`);
}

/** Follows the feed in both forms, while the room moves to another token. */
async function follow(testbed: Testbed, admin: Client, person: Client, room: Room): Promise<void> {
  const { send } = bound(testbed);
  const route = `GET /v1/rooms/${room.id}/events`;
  const json = { accept: 'application/json' };
  const stream = await Stream.open(person, room);
  const { lastEventId } = await send<{ lastEventId: string }>(person, route, undefined, json);
  const polled = send(person, `${route}?after=${lastEventId}&wait=5`, undefined, json);
  await send(admin, `POST /v1/rooms/${room.id}/rekey`, { reason: 'a leak', generation: 1 });
  await Promise.all([polled, stream.next('token.moved')]);
  stream.close();
  testbed.traffic.answers.push({
    name: `the stream of ${route}`,
    text: JSON.stringify(stream.told),
  });
  await send(person, `POST /v1/rooms/${room.id}/join`);
  await send(person, `POST /v1/rooms/${room.id}/heartbeat`);
  await send(person, `POST /v1/rooms/${room.id}/reports`, { sdkCode: 203, generation: 2 });
}

async function enterOthers(testbed: Testbed, admin: Client, room: Room, code: string) {
  const { send } = bound(testbed);
  const own = { password, displayName: 'Other' };
  const banned = await signIn(testbed, { ...own, email: 'banned@example.org' }, 'register');
  const stranger = await signIn(testbed, { ...own, email: 'other@example.org' }, 'register');
  await send(banned, `POST /v1/rooms/${room.id}/join`, { inviteCode: code });
  const ban = { reason: 'noise', rekey: true };
  await send(admin, `PUT /v1/rooms/${room.id}/bans/${idOf(banned)}`, ban);
  const guest = await signIn(testbed, { inviteCode: code, displayName: 'Visitor' }, 'guest');
  await send(guest, `POST /v1/rooms/${room.id}/join`);
  return { banned, stranger, guest };
}

/** Uses every feature that takes or returns a secret, without errors. */
export async function succeed(testbed: Testbed): Promise<Scene> {
  const { send } = bound(testbed);
  const { person, spent } = await enterPerson(testbed);
  const { ADMIN_EMAIL: email } = testEnvironment;
  const admin = await signIn(testbed, { email, password: adminPassword });
  const settings = { name: 'Final', access: 'users', accessCode };
  const room = await send<Room>(admin, 'POST /v1/rooms', settings, ONCE);
  expect(await send<Room>(admin, 'POST /v1/rooms', settings, ONCE)).toEqual(room);
  await send(admin, `PATCH /v1/rooms/${room.id}`, { accessCode: nextAccessCode });
  await send(person, `POST /v1/rooms/${room.id}/join`, { accessCode: nextAccessCode });
  const { code } = await invite(testbed, admin, room, 'for all');
  expect((await invite(testbed, admin, room, 'for all')).code).toBe(code);
  await follow(testbed, admin, person, room);
  const others = await enterOthers(testbed, admin, room, code);
  const idle = await send<Room>(admin, 'POST /v1/rooms', { name: 'Idle', access: 'users' });
  const revoked = await send<NewInvite>(admin, `POST /v1/rooms/${room.id}/invites`, {
    role: 'viewer',
  });
  testbed.secrets.add('a revoked invite code', revoked.code, /^the answer to POST .*\/invites$/);
  await send(admin, `DELETE /v1/rooms/${room.id}/invites/${revoked.id}`);
  await useKeys(testbed, admin, room);
  await read(testbed, admin, person, room);
  const newcomer = await enterNewcomer(testbed, admin);
  return { ...testbed, ...others, admin, person, spent, newcomer, room, revoked, idle };
}
