import { afterEach, describe, expect, it, vi } from 'vitest';
import { InviteEntryService } from '../../../src/rooms/entry/invite-entry.service.js';
import { useApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd, joinAs } from '../../support/crowd.js';
import '../../support/expect-problem.js';
import { askAsGuest, FORWARDED, invite, usesOf } from '../../support/invites.js';
import type { List, ProblemBody, Room } from '../../support/shapes.js';

const server = useApp(FORWARDED);
afterEach(() => vi.restoreAllMocks());

const crowdOf = (size: number): Promise<Face[]> =>
  gatherCrowd(testConfig({ DATABASE_URL: server.database.url }), size);

const membersOf = async ({ id }: Room) => {
  const path = `/v1/rooms/${id}/members?limit=200`;
  return (await server.admin.get<List<{ userId: string }>>(path)).body.items;
};
const seatsOf = async ({ id }: Room) =>
  (await server.admin.get<Room>(`/v1/rooms/${id}`)).body.participantCount;
const redeemedIn = async ({ id }: Room) =>
  (
    await server.database.query(
      `select from audit_entries where action = 'invite.redeemed'
     and room_id = $1`,
      [id],
    )
  ).length;

async function joinAll(
  faces: Face[],
  room: Room,
  inviteCode: string,
): Promise<Map<string, number>> {
  const wish = JSON.stringify({ inviteCode });
  const answers = await Promise.all(
    faces.map((face) => joinAs<ProblemBody>(server.url, face, room.id, wish)),
  );
  const counts = new Map<string, number>();
  for (const { status, body } of answers) {
    const kind = status === 200 ? 'joined' : body.code;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

describe('an invite that many people use at once', () => {
  it.each([
    [200, null],
    [60, 50],
  ])('makes one member per use, of %i people, capacity %j', async (people, capacity) => {
    const room = await server.createRoom({ access: 'members', capacity });
    await server.join(server.admin, room);
    const { code } = await invite(server, room, { maxUses: 10 });
    const counts = await joinAll(await crowdOf(people), room, code);
    expect(counts).toEqual(
      new Map([
        ['joined', 10],
        ['not_found', people - 10],
      ]),
    );
    expect(await usesOf(server, room)).toEqual([10]);
    expect(await membersOf(room)).toHaveLength(10);
    expect(await seatsOf(room)).toBe(11);
    expect(await redeemedIn(room)).toBe(10);
  });

  it('counts no use for people who get no seat', async () => {
    const room = await server.createRoom({ access: 'members', capacity: 5 });
    await server.join(server.admin, room);
    const { code } = await invite(server, room, { maxUses: 30 });
    const counts = await joinAll(await crowdOf(40), room, code);
    expect(counts).toEqual(
      new Map([
        ['joined', 4],
        ['room_full', 36],
      ]),
    );
    expect(await usesOf(server, room)).toEqual([4]);
    expect(await membersOf(room)).toHaveLength(4);
  });

  it('counts each person once, even if they join five times and share a name', async () => {
    const room = await server.createRoom({ access: 'members' });
    await server.join(server.admin, room);
    const { code } = await invite(server, room, { maxUses: 6 });
    const config = testConfig({ DATABASE_URL: server.database.url });
    const namesakes = await gatherCrowd(config, 6, 'Sam');
    const counts = await joinAll(Array.from({ length: 5 }, () => namesakes).flat(), room, code);
    expect(counts).toEqual(new Map([['joined', 30]]));
    expect(await usesOf(server, room)).toEqual([6]);
    expect(await membersOf(room)).toHaveLength(6);
    expect(await redeemedIn(room)).toBe(6);
  });

  it('admits a person who has just used it up on another device', async () => {
    const room = await server.createRoom({ access: 'members' });
    await server.join(server.admin, room);
    const { code } = await invite(server, room, { maxUses: 1 });
    const [ann] = (await crowdOf(1)) as [Face];
    const invites = server.app.get(InviteEntryService);
    const find = invites.find.bind(invites);
    const between = vi.spyOn(invites, 'find').mockImplementationOnce(async (...asked) => {
      expect(await joinAll([ann], room, code)).toEqual(new Map([['joined', 1]]));
      return find(...asked);
    });
    expect(await joinAll([ann], room, code)).toEqual(new Map([['joined', 1]]));
    expect(between).toHaveBeenCalledTimes(2);
    expect(await usesOf(server, room)).toEqual([1]);
  });

  it('signs in as many guests as it has uses', async () => {
    const room = await server.createRoom({ access: 'members' });
    const { code } = await invite(server, room, { maxUses: 10 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => askAsGuest(server, code)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect(answer).toBeProblem(403, 'invite_invalid');
    expect(await usesOf(server, room)).toEqual([10]);
    expect(await membersOf(room)).toHaveLength(10);
    const guests = await server.database.query(`select from users where kind = 'guest'`);
    expect(guests).toHaveLength(10);
  });

  it('counts exactly the people who joined before it was revoked', async () => {
    const room = await server.createRoom({ access: 'members' });
    await server.join(server.admin, room);
    const { id, code } = await invite(server, room);
    const [counts, { status }] = await Promise.all([
      joinAll(await crowdOf(60), room, code),
      server.admin.delete(`/v1/rooms/${room.id}/invites/${id}`),
    ]);
    expect(status).toBe(204);
    const joined = counts.get('joined') ?? 0;
    expect(joined + (counts.get('not_found') ?? 0)).toBe(60);
    expect(await usesOf(server, room)).toEqual([joined]);
    expect(await membersOf(room)).toHaveLength(joined);
  });
});
