import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { invite, signInAsGuest } from '../../support/invites.js';
import { lockRows } from '../../support/locked-rows.js';
import { type Item, MemberLists, user, viewer } from '../../support/member-lists.js';
import type { Room } from '../../support/shapes.js';
import { useTrustingServer } from '../../support/trusting-server.js';

const trusted = useTrustingServer();

let lists: MemberLists;
let ann: Client;
let ben: Client;
let room: Room;

beforeAll(async () => {
  lists = new MemberLists(trusted.server);
  ann = await trusted.server.signUp('Ann');
  ben = await trusted.server.signUp('Ben');
});
beforeEach(async () => {
  room = await trusted.server.createRoom({ access: 'members' });
});

describe('a list of members with faulty items', () => {
  it('is refused as a whole, and every faulty item is named', async () => {
    const gone = await trusted.server.signUp('Gone');
    await trusted.server.admin.delete(`/v1/users/${idOf(gone)}`);
    const list = [
      viewer(user(ann)),
      viewer({ userId: crypto.randomUUID() }),
      viewer({ externalId: lists.newId() }),
      viewer(user(gone)),
      viewer({ externalId: lists.newId(), issuer: 'https://unknown.example' }),
      viewer(user(ann)),
    ];
    expect(await lists.refusedPlaces(room, list)).toEqual([
      '/items/1/userId',
      '/items/3/userId',
      '/items/4/issuer',
      '/items/5/userId',
    ]);
  });

  it.each<[string, () => Item[], string]>([
    ['two ids', () => [user(ann), user(ann)], '/items/1/userId'],
    [
      'two ids in another spelling',
      () => [user(ann), { userId: idOf(ann).toUpperCase() }],
      '/items/1/userId',
    ],
    [
      'two identities',
      () => [{ externalId: 'twice' }, { externalId: 'twice' }],
      '/items/1/externalId',
    ],
    [
      'two identities, of which one names the issuer',
      () => [
        { externalId: 'twice', issuer: 'external:default' },
        user(ann),
        { externalId: 'twice' },
      ],
      '/items/2/externalId',
    ],
  ])('is refused if %s name one person', async (_, people, place) => {
    expect(await lists.refusedPlaces(room, people().map(viewer))).toEqual([place]);
  });

  it('is refused if an id and an identity name one person, at the later item', async () => {
    const externalId = lists.newId();
    await lists.set(await trusted.server.createRoom(), [viewer({ externalId })]);
    const people = [{ userId: await lists.idOf(externalId) }, { externalId }].map(viewer);
    expect(await lists.refusedPlaces(room, people)).toEqual(['/items/1/externalId']);
    expect(await lists.refusedPlaces(room, people.toReversed())).toEqual(['/items/1/userId']);
    expect(await lists.refusedPlaces(room, [...people, { ...people[0], role: 'host' }])).toEqual([
      '/items/1/externalId',
      '/items/2/userId',
    ]);
  });

  it('is refused for guests of another room, and for guests as hosts', async () => {
    const other = await trusted.server.createRoom();
    const here = await signInAsGuest(trusted.server, (await invite(trusted.server, room)).code);
    const there = await signInAsGuest(trusted.server, (await invite(trusted.server, other)).code);
    const list = [viewer(user(ann)), { ...user(here), role: 'host' }, viewer(user(there))];
    expect(await lists.refusedPlaces(room, list)).toEqual(['/items/1/userId', '/items/2/userId']);
  });

  it('is refused for the user of an API key', async () => {
    const [service] = await trusted.server.database.query<{ id: string }>(
      `insert into users (id, kind, display_name, role, status)
       values (gen_random_uuid(), 'service', 'Backend', 'service', 'active') returning id`,
    );
    expect(await lists.refusedPlaces(room, [viewer({ userId: service?.id })])).toEqual([
      '/items/0/userId',
    ]);
    const path = `/v1/rooms/${room.id}/members/${service?.id}`;
    const single = await trusted.server.admin.put(path, { role: 'viewer' });
    expect(single).toBeProblem(404, 'not_found');
  });

  it.each<[string, unknown, string[]]>([
    ['neither id', { role: 'viewer' }, ['/items/0/userId']],
    [
      'both ids',
      { userId: crypto.randomUUID(), externalId: 'a', role: 'viewer' },
      ['/items/0/externalId'],
    ],
    [
      'a name and an issuer beside a userId',
      { userId: crypto.randomUUID(), issuer: 'external:default', displayName: 'A', role: 'viewer' },
      ['/items/0/issuer', '/items/0/displayName'],
    ],
    ['an unknown role', { externalId: 'a', role: 'admin' }, ['/items/0/role']],
    ['no role', { externalId: 'a' }, ['/items/0/role']],
    ['an unknown field', { externalId: 'a', role: 'viewer', email: 'a@b.org' }, ['/items/0/email']],
    ['a malformed userId', { userId: 'a', role: 'viewer' }, ['/items/0/userId']],
    [
      'an externalId with a line break',
      { externalId: 'a\n', role: 'viewer' },
      ['/items/0/externalId'],
    ],
    [
      'an empty name',
      { externalId: 'a', displayName: ' ', role: 'viewer' },
      ['/items/0/displayName'],
    ],
  ])('is refused for an item with %s', async (_, item, places) => {
    expect(await lists.refusedPlaces(room, [item as Item])).toEqual(places);
  });

  it('is refused without items, and with more than 200 items', async () => {
    const items = (count: number) =>
      lists.newIds(count).map((externalId) => viewer({ externalId }));
    expect(await lists.refusedPlaces(room, [])).toEqual(['/items']);
    expect(await lists.refusedPlaces(room, items(201))).toEqual(['/items']);
    const full = items(201).map((item) => ({ ...item, issuer: 'external:a', displayName: 'A' }));
    expect(await lists.refusedPlaces(room, full)).toEqual(['/items']);
    expect(await lists.set(room, full.slice(1))).toEqual({ added: 200, changed: 0 });
  });

  it('is refused beyond 64 KiB, and accepted with exactly 64 KiB', async () => {
    const ids = lists.newIds(200).map((id) => id.padEnd(230, 'x'));
    const body = JSON.stringify({ items: ids.map((externalId) => viewer({ externalId })) });
    const path = `/v1/rooms/${room.id}/members`;
    const tooLong = await trusted.server.admin.put(path, body.padEnd(65_537));
    expect(tooLong).toBeProblem(413, 'payload_too_large');
    const { status } = await trusted.server.admin.put(path, body.padEnd(65_536));
    expect(status).toBe(200);
  });

  it('is refused by hosts, members and other users, and in an unknown room', async () => {
    await lists.set(room, [{ ...user(ann), role: 'host' }]);
    for (const by of [ann, ben])
      expect(await lists.send(room, [viewer(user(ben))], by)).toBeProblem(403, 'forbidden');
    const unknown = { ...room, id: crypto.randomUUID() };
    expect(await lists.send(unknown, [viewer(user(ben))])).toBeProblem(404, 'not_found');
  });

  it('is refused with 503 while only the former account of a person is still being deleted', async () => {
    const { user: person, subject: externalId } = await trusted.visit();
    const identity = viewer({ externalId, issuer: trusted.issuer.url });
    await lists.set(room, [identity]);
    // The erasure cannot end while a row of the person is locked.
    const { database, admin } = trusted.server;
    const release = await lockRows(database, 'select from members where user_id = $1', [person.id]);
    expect((await admin.delete(`/v1/users/${person.id}`)).status).toBe(204);
    const list = [viewer(user(ann)), identity];
    const problem = expectProblem(await lists.send(room, list), 503, 'overloaded');
    expect([placesOf(problem), problem.retryAfter]).toEqual([['/items/1/externalId'], 1]);
    expect(await lists.roles(room)).toEqual({ [person.id]: 'viewer' });
    const unknown = viewer({ userId: crypto.randomUUID() });
    expect(await lists.refusedPlaces(room, [unknown, identity])).toEqual([
      '/items/0/userId',
      '/items/1/externalId',
    ]);
    await release();
    const resend = async () => (await lists.send(room, list)).status;
    await expect.poll(resend, { timeout: 15_000 }).toBe(200);
    expect(await lists.roles(room)).not.toHaveProperty(person.id);
  });
});
