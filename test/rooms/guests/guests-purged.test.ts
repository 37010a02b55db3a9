import { describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { GuestsRepository } from '../../../src/rooms/guests/guests.repository.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { invite, signInAsGuest } from '../../support/invites.js';

const DAY = 86_400;
const server = useApp();
/** Moves the times of this user and their sign-ins into the past by so many seconds. */
async function age(client: Client, seconds: number): Promise<void> {
  const values = [idOf(client), seconds];
  await server.database.query(
    `update sessions set created_at = created_at - make_interval(secs => $2),
       idle_expires_at = idle_expires_at - make_interval(secs => $2),
       expires_at = expires_at - make_interval(secs => $2) where user_id = $1`,
    values,
  );
  await server.database.query(
    `update users set created_at = created_at - make_interval(secs => $2),
       sessions_valid_from = sessions_valid_from - make_interval(secs => $2) where id = $1`,
    values,
  );
}

describe('guests', () => {
  it('are deleted a given time after their sign-in has ended, and other users stay', async () => {
    const room = await server.createRoom();
    const { code } = await invite(server, room);
    const guests: Client[] = [];
    for (const name of ['Long gone', 'Just gone', 'Signed out', 'Here'])
      guests.push(await signInAsGuest(server, code, name));
    const [longGone, justGone, signedOut, here] = guests as [Client, Client, Client, Client];
    const person = await server.signUp('Person');
    for (const client of [...guests, person]) await server.join(client, room);
    await age(longGone, 12 * DAY);
    await age(person, 400 * DAY);
    await age(justGone, 10 * DAY);
    await age(here, 0.5 * DAY);
    await signedOut.post('/v1/auth/logout');
    await age(signedOut, 12 * DAY);
    await server.app.get(GuestsRepository).purge(10 * DAY);
    const statuses = await Promise.all(
      [longGone, justGone, signedOut, here, person].map(
        async (each) => (await server.admin.get(`/v1/users/${idOf(each)}`)).status,
      ),
    );
    // The guest “Signed out” came long ago, but signed out a moment ago.
    expect(statuses).toEqual([404, 200, 200, 200, 200]);
    expect((await here.get('/v1/me')).status).toBe(200);
  });
});
