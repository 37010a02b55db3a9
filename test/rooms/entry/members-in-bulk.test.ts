import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import { invite, signInAsGuest } from '../../support/invites.js';
import { MemberLists, UNCHANGED, user, viewer } from '../../support/member-lists.js';
import type { Room } from '../../support/shapes.js';
import { now, useTrustingServer } from '../../support/trusting-server.js';

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

/** The audit entries about these users that name the room, or no room. */
async function trailOf(userIds: readonly string[]): Promise<unknown[]> {
  return trusted.server.database.query(
    `select user_id as "userId", action, details, actor_id as "actorId" from audit_entries
      where user_id = any ($1) and (room_id is null or room_id = $2) and action in ('user.created', 'member.set')
      order by user_id, action desc`,
    [userIds, room.id],
  );
}

describe('a list of members', () => {
  it('adds users by id, and changes only roles that differ', async () => {
    const list = [{ ...user(ann), role: 'host' }, viewer(user(ben))];
    expect(await lists.set(room, list)).toEqual({ added: 2, changed: 0 });
    expect(await lists.roles(room)).toEqual({ [idOf(ann)]: 'host', [idOf(ben)]: 'viewer' });
    expect(await lists.set(room, list)).toEqual(UNCHANGED);
    const changes = [viewer(user(ann)), viewer(user(ben))];
    expect(await lists.set(room, changes)).toEqual({ added: 0, changed: 1 });
    expect(await lists.roles(room)).toEqual({ [idOf(ann)]: 'viewer', [idOf(ben)]: 'viewer' });
  });

  it('removes nobody, and leaves out no member of its own', async () => {
    await lists.set(room, [viewer(user(ann))]);
    await lists.set(room, [viewer(user(ben))]);
    expect(Object.keys(await lists.roles(room)).sort()).toEqual([idOf(ann), idOf(ben)].sort());
  });

  it('writes one audit entry for each real change, and none for the other items', async () => {
    await lists.set(room, [viewer(user(ann))]);
    const externalId = lists.newId();
    const change = [viewer(user(ann)), viewer(user(ben)), viewer({ externalId })];
    expect(await lists.set(room, change)).toEqual({ added: 2, changed: 0 });
    expect(await lists.set(room, change)).toEqual(UNCHANGED);
    const id = await lists.idOf(externalId);
    const set = { action: 'member.set', details: { role: 'viewer' } };
    const created = {
      action: 'user.created',
      details: { role: 'user', issuer: 'external:default' },
    };
    const actorId = idOf(trusted.server.admin);
    const expected = [
      { userId: idOf(ann), ...set, actorId },
      { userId: idOf(ben), ...set, actorId },
      { userId: id, ...created, actorId },
      { userId: id, ...set, actorId },
    ];
    const byUser = (a: { userId: string }, b: { userId: string }) => (a.userId < b.userId ? -1 : 1);
    expect(await trailOf([idOf(ann), idOf(ben), id])).toEqual(expected.sort(byUser));
  });

  it('of 200 items writes an entry for every new user and every new member', async () => {
    const ids = lists.newIds(200);
    const list = ids.map((externalId) => viewer({ externalId }));
    expect(await lists.set(room, list)).toEqual({ added: 200, changed: 0 });
    const again = list.map((item) => ({ ...item, role: 'participant' }));
    expect(await lists.set(room, again)).toEqual({ added: 0, changed: 200 });
    expect(await trailOf(Object.keys(await lists.roles(room)))).toHaveLength(600);
  });

  it('creates external users, and gives them the name of the item, or a name with a suffix', async () => {
    const [named, nameless] = lists.newIds(2);
    const list = [
      viewer({ externalId: named, displayName: 'Cleo' }),
      viewer({ externalId: nameless }),
    ];
    await lists.set(room, list);
    expect(await lists.usersOf(named ?? '')).toMatchObject([
      { displayName: 'Cleo', kind: 'external', issuer: 'external:default', role: 'user' },
    ]);
    const [{ displayName } = { displayName: '' }] = await lists.usersOf(nameless ?? '');
    expect(displayName).toMatch(/^User [0-9a-f]{6}$/);
    await lists.set(room, [viewer({ externalId: named, displayName: 'Renamed' })]);
    expect(await lists.usersOf(named ?? '')).toMatchObject([{ displayName: 'Cleo' }]);
  });

  it('finds a person by the identity of their token, and the token of a new person signs them in', async () => {
    const issuer = trusted.issuer.url;
    const ann = await trusted.visit();
    const sub = trusted.newSubject();
    const list = [ann.subject, sub].map((externalId) => viewer({ externalId, issuer }));
    expect(await lists.set(room, list)).toEqual({ added: 2, changed: 0 });
    expect(await lists.roles(room)).toHaveProperty(ann.user.id, 'viewer');
    const visitor = await trusted.visit({ sub });
    expect(visitor.user.id).toBe(await lists.idOf(sub));
    expect((await trusted.server.join(visitor.client, room)).participant.role).toBe('viewer');
  });

  it('treats the same external id in two namespaces as two people', async () => {
    const externalId = lists.newId();
    const list = [viewer({ externalId }), viewer({ externalId, issuer: 'external:other' })];
    expect(await lists.set(room, list)).toEqual({ added: 2, changed: 0 });
    expect(await lists.usersOf(externalId)).toHaveLength(2);
  });

  it('can name the room by its slug, and a guest of the room by their id', async () => {
    const slug = `slug-${lists.newId()}`;
    room = await trusted.server.createRoom({ slug });
    const guest = await signInAsGuest(trusted.server, (await invite(trusted.server, room)).code);
    expect(await lists.set({ ...room, id: slug }, [viewer(user(guest))])).toEqual({
      added: 0,
      changed: 1,
    });
  });

  it.each<[string, (id: string) => Promise<unknown>, string]>([
    ['banned', (id) => trusted.server.admin.put(`/v1/rooms/${room.id}/bans/${id}`, {}), 'banned'],
    [
      'disabled',
      (id) => trusted.server.admin.patch(`/v1/users/${id}`, { status: 'disabled' }),
      'account_disabled',
    ],
  ])(
    'gives a person who was %s and deleted a membership, but not a way in',
    async (_, end, code) => {
      const { subject, user: person } = await trusted.visit({ sid: 'first' });
      await end(person.id);
      await trusted.server.admin.delete(`/v1/users/${person.id}`);
      const erased = 'select count(*) from users where id = $1 and erased_at is not null';
      await expect.poll(() => trusted.count(erased, [person.id])).toBe(1);
      const identity = viewer({ externalId: subject, issuer: trusted.issuer.url });
      expect(await lists.set(room, [identity])).toEqual({ added: 1, changed: 0 });
      expect(await lists.roles(room)).toEqual({ [person.id]: 'viewer' });
      const later = { sub: subject, sid: 'again', iat: now() + 10, auth_time: now() + 10 };
      const client = await trusted.client(later);
      expect(await client.post(`/v1/rooms/${room.id}/join`, {})).toBeProblem(403, code);
    },
  );
});
