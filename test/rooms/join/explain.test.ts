import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { invite, joinBy, signInAsGuest } from '../../support/invites.js';
import type { Room } from '../../support/shapes.js';

interface Explanation {
  readonly admitted: boolean;
  readonly rules: { readonly rule: string; readonly verdict: string; readonly detail: string }[];
}

let fan: Client;

const server = useApp();

beforeAll(async () => {
  fan = await server.signUp('Fan');
});
const explain = async (room: Room, client: Client) => {
  const path = `/v1/rooms/${room.id}/explain?userId=${idOf(client)}`;
  const { status, body } = await server.admin.get<Explanation>(path);
  expect(status).toBe(200);
  return body;
};
const verdicts = ({ rules }: Explanation) =>
  Object.fromEntries(rules.map(({ rule, verdict }) => [rule, verdict]));
const change = (room: Room, patch: Record<string, unknown>) =>
  server.admin.patch(`/v1/rooms/${room.id}`, patch);

/** Returns the explanation, which must agree with the answer to a join. */
async function compare(room: Room, client: Client): Promise<Explanation> {
  const explanation = await explain(room, client);
  const { status } = await client.post(`/v1/rooms/${room.id}/join`);
  expect([status === 200, explanation]).toEqual([explanation.admitted, explanation]);
  return explanation;
}

describe('an explanation', () => {
  it('lists every rule, in the order of the decision', async () => {
    const room = await server.createRoom({ accessCode: 'let me in', capacity: 2 });
    const { admitted, rules } = await compare(room, fan);
    expect(admitted).toBe(false);
    expect(rules).toEqual([
      { rule: 'account', verdict: 'pass', detail: 'The account is active.' },
      { rule: 'admission', verdict: 'pass', detail: 'The room is open to every user.' },
      { rule: 'ban', verdict: 'pass', detail: 'The user is not banned.' },
      { rule: 'phase', verdict: 'pass', detail: 'The room is open.' },
      {
        rule: 'access_code',
        verdict: 'fail',
        detail: 'The room requires an access code: join with accessCode.',
      },
      { rule: 'capacity', verdict: 'pass', detail: '0 of 2 seats are held.' },
    ]);
  });

  it('agrees with the join for hosts, users and administrators in every kind of room', async () => {
    const settings: Record<string, unknown>[] = [
      {},
      { access: 'members' },
      { opensAt: '2031-05-30T18:00:00Z' },
      { accessCode: 'let me in' },
      { capacity: 1 },
    ];
    const host = await server.signUp('Host');
    for (const setting of settings)
      for (const status of ['open', 'locked', 'closed']) {
        const room = await server.createRoom(setting);
        await change(room, { status });
        await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
        for (const client of [host, fan, server.admin])
          expect((await compare(room, client)).rules).toHaveLength(6);
      }
  });

  it('reports an invite, which makes the access code unnecessary', async () => {
    const room = await server.createRoom({ access: 'members', accessCode: 'let me in' });
    const { code } = await invite(server, room, { role: 'viewer' });
    expect(verdicts(await compare(room, fan))).toMatchObject({ admission: 'fail' });
    await joinBy(fan, room, code);
    const { admitted, rules } = await compare(room, fan);
    expect(admitted).toBe(true);
    expect(rules[1]?.detail).toBe('A member by an invite, as viewer.');
    expect(rules[4]).toMatchObject({ rule: 'access_code', verdict: 'not_applicable' });
  });

  it('reports a ban, which does not apply to administrators', async () => {
    const room = await server.createRoom();
    const path = `/v1/rooms/${room.id}/bans/${idOf(fan)}`;
    expect((await server.admin.put(path, {})).status).toBe(200);
    const { admitted, rules } = await compare(room, fan);
    expect([admitted, rules[2]]).toEqual([
      false,
      {
        rule: 'ban',
        verdict: 'fail',
        detail: 'You are banned from this room permanently: ask its hosts to lift the ban.',
      },
    ]);
    await server.admin.patch(`/v1/users/${idOf(fan)}`, { role: 'admin' });
    expect(verdicts(await compare(room, fan))).toMatchObject({ ban: 'not_applicable' });
    await server.admin.patch(`/v1/users/${idOf(fan)}`, { role: 'user' });
    await server.admin.delete(path);
  });

  it('reports that a guest belongs to another room', async () => {
    const [own, other] = [await server.createRoom(), await server.createRoom()];
    const guest = await signInAsGuest(server, (await invite(server, own)).code);
    expect((await compare(own, guest)).admitted).toBe(true);
    const [, admission] = (await compare(other, guest)).rules;
    expect(admission).toEqual({
      rule: 'admission',
      verdict: 'fail',
      detail: 'A guest of another room.',
    });
  });

  it('admits a participant to a locked room, and nobody else', async () => {
    const room = await server.createRoom();
    await server.join(fan, room);
    await change(room, { status: 'locked' });
    expect((await compare(room, fan)).admitted).toBe(true);
    expect(verdicts(await compare(room, await server.signUp()))).toMatchObject({ phase: 'fail' });
  });

  it('reports that an account is not active', async () => {
    const room = await server.createRoom();
    const gone = await server.signUp('Gone');
    await server.admin.patch(`/v1/users/${idOf(gone)}`, { status: 'disabled' });
    const { admitted, rules } = await compare(room, gone);
    expect([admitted, rules[0]]).toEqual([
      false,
      { rule: 'account', verdict: 'fail', detail: 'The account is disabled.' },
    ]);
  });

  it('changes nothing, and needs an existing room and an existing user', async () => {
    const room = await server.createRoom();
    const path = `/v1/rooms/${room.id}/explain`;
    await explain(room, fan);
    expect((await server.admin.get<Room>(`/v1/rooms/${room.id}`)).body.participantCount).toBe(0);
    const unknown = crypto.randomUUID();
    expect(await server.admin.get(`${path}?userId=${unknown}`)).toBeProblem(404, 'not_found');
    const nowhere = `/v1/rooms/${unknown}/explain?userId=${idOf(fan)}`;
    expect(await server.admin.get(nowhere)).toBeProblem(404, 'not_found');
    for (const query of ['', '?userId=x'])
      expect(
        placesOf(expectProblem(await server.admin.get(`${path}${query}`), 400, 'invalid_request')),
      ).toEqual(['userId']);
  });
});
