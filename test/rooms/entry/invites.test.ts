import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { invite, joinBy } from '../../support/invites.js';
import type { Invite, List, NewInvite, Room } from '../../support/shapes.js';

let host: Client;
let fan: Client;
let room: Room;

const server = useApp();

beforeAll(async () => {
  [host, fan] = await Promise.all([server.signUp('Host'), server.signUp('Fan')]);
  room = await server.createRoom({ access: 'members', slug: 'club' });
  await server.admin.put(`/v1/rooms/${room.id}/members/${host.signedIn?.user.id}`, {
    role: 'host',
  });
});
const invitesOf = ({ id } = room) => `/v1/rooms/${id}/invites`;
const actionsOf = async (id: string) => {
  const rows = await server.database.query<{ action: string; roomId: string }>(
    `select action, room_id as "roomId" from audit_entries where details ->> 'inviteId' = $1
      order by at`,
    [id],
  );
  return rows.filter(({ roomId }) => roomId === room.id).map(({ action }) => action);
};

describe('an invite', () => {
  it('can be created by administrators and hosts, and shows its code once', async () => {
    for (const by of [server.admin, host]) {
      const wish = {
        role: 'viewer',
        expiresAt: '2031-05-30T18:00:00+02:00',
        maxUses: 3,
        note: 'n',
      };
      const made = await by.post<NewInvite>(invitesOf(), wish);
      expect(made.status).toBe(201);
      expect(made.headers.get('cache-control')).toBe('no-store');
      const { code, ...rest } = made.body;
      expect(code).toMatch(/^lki_[\w-]{27}$/);
      expect(rest).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{14}4/),
        role: 'viewer',
        expiresAt: '2031-05-30T16:00:00.000Z',
        maxUses: 3,
        uses: 0,
        note: 'n',
        createdAt: expect.any(String),
        lastUsedAt: null,
        revokedAt: null,
      });
      const listed = await by.get<List<Invite>>(invitesOf());
      expect(listed.body.items[0]).toEqual(rest);
      expect(JSON.stringify(listed.body)).not.toContain(code);
    }
  });

  it('needs only a role', async () => {
    const { body } = await host.post<NewInvite>('/v1/rooms/club/invites', { role: 'participant' });
    expect(body).toMatchObject({ expiresAt: null, maxUses: null, note: null });
    const faults: [Record<string, unknown>, string][] = [
      [{}, '/role'],
      [{ role: 'admin' }, '/role'],
      [{ role: 'viewer', maxUses: 0 }, '/maxUses'],
      [{ role: 'viewer', maxUses: 1.5 }, '/maxUses'],
      [{ role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
      [{ role: 'viewer', note: 'n'.repeat(201) }, '/note'],
      [{ role: 'viewer', code: 'mine' }, '/code'],
    ];
    for (const [wish, place] of faults) {
      const answer = await host.post(invitesOf(), wish);
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual([place]);
    }
  });

  it('leaves neither its code nor a plain hash of its code in the database', async () => {
    const { code } = await invite(server, room);
    const [found] = await server.database.query<{ count: number }>(
      `select count(*)::int as count from invites
        where code_hash in (sha256(convert_to($1, 'utf8')), sha256(decode($2, 'base64')))
           or row_to_json(invites)::text like '%' || $1::text || '%'`,
      [code, Buffer.from(code.slice(4), 'base64url').toString('base64')],
    );
    expect(found?.count).toBe(0);
  });

  it('is created once under one Idempotency-Key, and the repeat returns the same code', async () => {
    const send = () =>
      host.post<NewInvite>(invitesOf(), { role: 'viewer' }, { 'idempotency-key': 'k' });
    const [first, second] = [await send(), await send()];
    expect([second.status, second.body]).toEqual([201, first.body]);
    expect((await joinBy(fan, room, second.body.code)).status).toBe(200);
    await server.admin.delete(`/v1/rooms/${room.id}/members/${fan.signedIn?.user.id}`);
    const kept = await server.database.query<{ answer: Buffer }>(
      'select answer from idempotency_marks where answer is not null',
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const { answer } of kept) expect(answer.toString('latin1')).not.toContain(first.body.code);
  });

  it('is refused in a room with too many invites, and in no other room', async () => {
    const [crowded, other] = [await server.createRoom(), await server.createRoom()];
    const wish = { role: 'participant' };
    const { body: first } = await server.admin.post<NewInvite>(invitesOf(crowded), wish);
    await server.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '100001 seconds'
        where key like 'new-invite|%'`,
    );
    onTestFinished(async () => {
      await server.database.query(`delete from rate_limits where key like 'new-invite|%'`);
    });
    const refused = await server.admin.post(invitesOf(crowded), wish);
    expect(refused).toBeProblem(429, 'rate_limited');
    expect((await server.admin.post(invitesOf(other), wish)).status).toBe(201);
    expect((await joinBy(fan, crowded, first.code)).status).toBe(200);
  });

  it('is listed in pages, the newest first', async () => {
    const other = await server.createRoom();
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) made.unshift((await invite(server, other)).id);
    const first = await server.admin.get<List<Invite>>(`${invitesOf(other)}?limit=2`);
    await invite(server, other);
    const query = `limit=2&cursor=${first.body.nextCursor}`;
    const second = await server.admin.get<List<Invite>>(`${invitesOf(other)}?${query}`);
    const pages = [first, second].flatMap(({ body }) => body.items.map(({ id }) => id));
    expect(pages).toEqual(made);
    expect(second.body.nextCursor).toBeNull();
  });

  it('can be revoked more than once, and people who used it stay members', async () => {
    const { id, code } = await invite(server, room);
    expect((await joinBy(fan, room, code)).status).toBe(200);
    for (const by of [host, server.admin])
      expect((await by.delete(`${invitesOf()}/${id}`)).status).toBe(204);
    const stranger = await server.signUp('Late');
    expect(await joinBy(stranger, room, code)).toBeProblem(404, 'not_found');
    expect((await server.join(fan, room)).participant.role).toBe('participant');
    const [listed] = (await host.get<List<Invite>>(invitesOf())).body.items;
    expect(listed).toMatchObject({ id, uses: 1 });
    expect(listed?.revokedAt).not.toBeNull();
    expect(listed?.lastUsedAt).not.toBeNull();
    expect(await actionsOf(id)).toEqual(['invite.created', 'invite.redeemed', 'invite.revoked']);
  });

  it('can be revoked through its own room only', async () => {
    const other = await server.createRoom();
    const { id } = await invite(server, other);
    for (const path of [`${invitesOf()}/${id}`, `${invitesOf()}/${crypto.randomUUID()}`])
      expect(await host.delete(path)).toBeProblem(404, 'not_found');
    const [listed] = (await server.admin.get<List<Invite>>(invitesOf(other))).body.items;
    expect(listed?.revokedAt).toBeNull();
  });
});
