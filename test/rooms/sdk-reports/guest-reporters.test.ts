import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FORWARDED, invite, signInAsGuest } from '../../support/invites.js';
import type { List, Room } from '../../support/shapes.js';

let room: Room;

const server = useApp(FORWARDED);
async function guestBy(code: string): Promise<Client> {
  const guest = await signInAsGuest(server, code);
  await server.join(guest, room);
  return guest;
}

async function linkOf(of: Room): Promise<string> {
  return (await invite(server, of)).code;
}

async function report(client: Client, address: string): Promise<void> {
  const { status } = await client.post(
    `/v1/rooms/${room.id}/reports`,
    { sdkCode: 203, generation: 1 },
    { 'x-forwarded-for': address },
  );
  expect(status).toBe(200);
}

async function alarms(): Promise<number> {
  const query = `/v1/audit?action=alarm.session_dead&roomId=${room.id}`;
  return (await server.admin.get<List<object>>(query)).body.items.length;
}

describe('guests who report a dead session', () => {
  it('count as one reporter if they came by one link, from any address', async () => {
    room = await server.createRoom({ access: 'members' });
    const link = await linkOf(room);
    const guests = await Promise.all(Array.from({ length: 5 }, () => guestBy(link)));
    await Promise.all(guests.map((guest, index) => report(guest, `192.0.2.${index + 1}`)));
    for (const guest of guests) await report(guest, '198.51.100.7');
    expect(await alarms()).toBe(0);
  });

  it.each([
    ['one address', ['203.0.113.9', '203.0.113.9', '::ffff:203.0.113.9', '203.0.113.9']],
    [
      'one network',
      ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2', '2001:DB8:1:2::3', '2001:db8:1:2::4'],
    ],
  ])('count as one reporter if they report from %s, by any links', async (_, addresses) => {
    room = await server.createRoom({ access: 'members' });
    const guests: Client[] = [];
    for (const _address of addresses) guests.push(await guestBy(await linkOf(room)));
    await Promise.all(guests.map((guest, index) => report(guest, addresses[index] ?? '')));
    expect(await alarms()).toBe(0);
  });

  it('still count as one reporter when one has left, or is a member without the link', async () => {
    room = await server.createRoom({ access: 'members' });
    const link = await linkOf(room);
    const guests = [await guestBy(link), await guestBy(link), await guestBy(link)] as const;
    await report(guests[0], '192.0.2.1');
    await guests[0].post('/v1/auth/logout');
    const path = `/v1/rooms/${room.id}/members/${guests[1].signedIn?.user.id}`;
    await server.admin.delete(path);
    await server.admin.put(path, { role: 'viewer' });
    await server.join(guests[1], room);
    await report(guests[1], '192.0.2.2');
    await report(guests[2], '192.0.2.3');
    expect(await alarms()).toBe(0);
  });

  it('raise the alarm together with two people who are independent of them', async () => {
    room = await server.createRoom({ access: 'users' });
    const link = await linkOf(room);
    for (let index = 1; index <= 3; index += 1)
      await report(await guestBy(link), `192.0.2.${index}`);
    for (const name of ['Ann', 'Ben']) {
      expect(await alarms()).toBe(0);
      const person = await server.signUp(name);
      await server.join(person, room);
      await report(person, '192.0.2.1');
    }
    expect(await alarms()).toBe(1);
  });

  it('raise the alarm if they came by three links and report from three networks', async () => {
    room = await server.createRoom({ access: 'members' });
    for (let index = 1; index <= 3; index += 1)
      await report(await guestBy(await linkOf(room)), `192.0.2.${index}`);
    expect(await alarms()).toBe(1);
  });
});
