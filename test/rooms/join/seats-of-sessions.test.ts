import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import type { Room, SignedIn } from '../../support/shapes.js';

const PASSWORD = 'a password for tests';

let room: Room;

const server = useApp();

beforeAll(async () => {
  room = await server.createRoom();
});
const seatsOf = async (client: Client) => {
  const query = 'select session_id from seats where user_id = $1';
  return (await server.database.query<{ session_id: string }>(query, [idOf(client)])).length;
};

/** Signs the same person in on another device. */
async function again(client: Client): Promise<Client> {
  const { email } = client.signedIn?.user ?? {};
  const answer = await server.anyone.post<SignedIn>('/v1/auth/login', {
    email,
    password: PASSWORD,
  });
  return server.anyone.as(answer.body);
}

interface Devices {
  readonly phone: Client;
  readonly tv: Client;
}

type End = [person: string, end: (devices: Devices) => Promise<unknown>, seatsLeft: number];

const ends: End[] = [
  ['signs out', ({ phone }) => phone.post('/v1/auth/logout'), 1],
  ['ends the other sign-ins', ({ phone }) => phone.delete('/v1/me/sessions'), 1],
  [
    'ends one sign-in',
    async ({ phone, tv }) => {
      const { body } = await tv.get<{ items: { id: string; current: boolean }[] }>(
        '/v1/me/sessions',
      );
      const { id } = body.items.find(({ current }) => current) ?? expect.unreachable();
      return phone.delete(`/v1/me/sessions/${id}`);
    },
    1,
  ],
  [
    'changes the password',
    ({ phone }) =>
      phone.put('/v1/me/password', {
        currentPassword: PASSWORD,
        newPassword: 'a new one for tests',
      }),
    1,
  ],
  [
    'is given a password by an administrator',
    ({ phone }) =>
      server.admin.put(`/v1/users/${idOf(phone)}/password`, { password: 'a temporary one' }),
    0,
  ],
  [
    'is signed out by an administrator',
    ({ phone }) => server.admin.delete(`/v1/users/${idOf(phone)}/sessions`),
    0,
  ],
  [
    'exceeds the limit of sign-ins',
    async ({ phone }) => {
      await server.database.query(
        `insert into sessions (id, user_id, device_id, device, address, refresh_hash,
                               idle_expires_at, expires_at)
         select gen_random_uuid(), $1, gen_random_uuid(), 'test', '127.0.0.1', 'x',
                clock_timestamp() + interval '1 day', clock_timestamp() + interval '1 day'
           from generate_series(1, 99)`,
        [idOf(phone)],
      );
      return again(phone);
    },
    0,
  ],
];

describe('a person inside on two devices', () => {
  it.each(ends)('who %s loses the seats of the ended sign-ins at once', async (_, end, left) => {
    const phone = await server.signUp('Fan');
    const tv = await again(phone);
    for (const device of [phone, tv]) await server.join(device, room);
    expect(await seatsOf(phone)).toBe(2);
    await end({ phone, tv });
    expect(await seatsOf(phone)).toBe(left);
  });
});
