import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

const opensSoon = inMinutes(10);
const opensLater = inMinutes(60);
const phases = {
  soon: { opensAt: opensSoon },
  later: { opensAt: opensLater },
  open: {},
  locked: { status: 'locked' },
  closed: { status: 'closed' },
  ended: { closesAt: inMinutes(-1) },
} as const;
type PhaseName = keyof typeof phases;

const people = ['admin', 'host', 'participant', 'viewer', 'user'] as const;
type Person = (typeof people)[number];

const openOnly = {
  soon: 'room_not_open',
  later: 'room_not_open',
  open: 'enters',
  locked: 'room_locked',
  closed: 'room_closed',
  ended: 'room_closed',
} as const;
const always = {
  soon: 'enters',
  later: 'enters',
  open: 'enters',
  locked: 'enters',
  closed: 'enters',
  ended: 'enters',
} as const;
const never = {
  soon: 'not_found',
  later: 'not_found',
  open: 'not_found',
  locked: 'not_found',
  closed: 'not_found',
  ended: 'not_found',
} as const;

/** The table of the contract about admission; `room_not_open` and the like are 409. */
const table: [Person, 'members' | 'users', string, Record<PhaseName, string>][] = [
  ['admin', 'members', 'host', always],
  ['host', 'members', 'host', { ...openOnly, soon: 'enters', locked: 'enters' }],
  ['participant', 'members', 'participant', openOnly],
  ['viewer', 'members', 'viewer', openOnly],
  ['user', 'members', '', never],
  ['admin', 'users', 'host', always],
  ['host', 'users', 'host', { ...openOnly, soon: 'enters', locked: 'enters' }],
  ['viewer', 'users', 'viewer', openOnly],
  ['user', 'users', 'participant', openOnly],
];

const clients = new Map<string, Client>();
const rooms = new Map<string, Room>();

async function prepareRoom(access: string, phase: PhaseName): Promise<void> {
  const { status, ...settings } = { status: undefined, ...phases[phase] };
  const room = await server.createRoom({ ...settings, access });
  for (const role of ['host', 'participant', 'viewer']) {
    const id = clients.get(role)?.signedIn?.user.id;
    await server.admin.put(`/v1/rooms/${room.id}/members/${id}`, { role });
  }
  if (status) await server.admin.patch(`/v1/rooms/${room.id}`, { status });
  rooms.set(`${access} ${phase}`, room);
}

const server = useApp();

beforeAll(async () => {
  clients.set('admin', server.admin);
  for (const person of people.slice(1)) clients.set(person, await server.signUp(person));
  for (const access of ['members', 'users'])
    for (const phase of Object.keys(phases) as PhaseName[]) await prepareRoom(access, phase);
});
const clientOf = (person: Person) => clients.get(person) as Client;

const cases = table.flatMap(([person, access, role, verdicts]) =>
  (Object.keys(phases) as PhaseName[]).map(
    (phase) => [person, access, phase, verdicts[phase], role] as const,
  ),
);

describe('the policy of admission', () => {
  it.each(cases)(
    'decides for %s, access %s, room %s: %s',
    async (person, access, phase, verdict, role) => {
      const room = rooms.get(`${access} ${phase}`) as Room;
      const answer = await clientOf(person).post<JoinGrant>(`/v1/rooms/${room.id}/join`);
      if (verdict === 'enters') {
        expect(answer.status).toBe(200);
        expect(answer.body.participant.role).toBe(role);
        return;
      }
      const problem = expectProblem(answer, verdict === 'not_found' ? 404 : 409, verdict);
      const opensAt = { soon: opensSoon, later: opensLater }[phase as string];
      expect(problem.opensAt).toBe(verdict === 'room_not_open' ? opensAt : undefined);
    },
  );

  it('refuses callers without a sign-in', async () => {
    for (const verb of ['join', 'heartbeat', 'leave'])
      for (const room of rooms.values())
        expect(await server.anyone.post(`/v1/rooms/${room.id}/${verb}`)).toBeProblem(
          401,
          'unauthenticated',
        );
  });

  it('gives the same answer for a hidden room and for a room that does not exist', async () => {
    const hidden = rooms.get('members open') as Room;
    const [first, second] = await Promise.all(
      [hidden.id, crypto.randomUUID()].map((id) => clientOf('user').post(`/v1/rooms/${id}/join`)),
    );
    const { requestId: _, ...hiddenProblem } = expectProblem(first as never, 404, 'not_found');
    const { requestId: __, ...unknownProblem } = expectProblem(second as never, 404, 'not_found');
    expect(hiddenProblem).toEqual(unknownProblem);
  });

  it('lets hosts set how early they may enter', async () => {
    const [host, room] = [clientOf('host'), rooms.get('users later') as Room];
    const path = `/v1/rooms/${room.id}`;
    expect(await host.post(`${path}/join`)).toBeProblem(409, 'room_not_open');
    await host.patch(path, { earlyEntrySeconds: 7_200 });
    expect((await host.post(`${path}/join`)).status).toBe(200);
    expect(await clientOf('user').post(`${path}/join`)).toBeProblem(409, 'room_not_open');
  });
});

describe('a participant', () => {
  const user = () => clientOf('user');

  async function enter(): Promise<{ room: Room; path: string; seat: string }> {
    const room = await server.createRoom();
    const { participant } = await server.join(user(), room);
    return { room, path: `/v1/rooms/${room.id}`, seat: participant.id };
  }

  it('may join a locked room again, but not on another device', async () => {
    const { room, path, seat } = await enter();
    await server.admin.patch(path, { status: 'locked' });
    expect((await server.join(user(), room)).participant.id).toBe(seat);
    const { email } = user().signedIn?.user ?? {};
    const login = { email, password: 'a password for tests' };
    const tv = user().as((await server.anyone.post<never>('/v1/auth/login', login)).body);
    expect(await tv.post(`${path}/join`)).toBeProblem(409, 'room_locked');
    await user().post(`${path}/leave`);
    expect(await user().post(`${path}/join`)).toBeProblem(409, 'room_locked');
  });

  it('stays inside when the room is locked, full or rescheduled, or gets an access code', async () => {
    const { path } = await enter();
    const beat = () => user().post(`${path}/heartbeat`);
    for (const patch of [
      { status: 'locked' },
      { accessCode: 'a code' },
      { capacity: 1 },
      { status: 'open', opensAt: inMinutes(5) },
    ]) {
      await server.admin.patch(path, patch);
      expect({ patch, status: (await beat()).status }).toEqual({ patch, status: 200 });
    }
    expect(await user().post(`${path}/join`)).toBeProblem(409, 'room_not_open');
  });

  it('loses the seat when the room is closed, but an administrator keeps it', async () => {
    const { room, path } = await enter();
    await server.join(server.admin, room);
    await server.admin.patch(path, { status: 'closed' });
    expect(await user().post(`${path}/heartbeat`)).toBeProblem(409, 'room_closed');
    expect((await server.admin.post(`${path}/heartbeat`)).status).toBe(200);
    // The seat may have been swept already.
    expect([204, 409]).toContain((await user().post(`${path}/leave`)).status);
  });

  it('loses the seat when the room begins to admit members only', async () => {
    const { path } = await enter();
    await server.admin.patch(path, { access: 'members' });
    expect(await user().post(`${path}/heartbeat`)).toBeProblem(404, 'not_found');
    expect(await user().post(`${path}/join`)).toBeProblem(404, 'not_found');
  });

  it('who is no longer an administrator is no longer a host', async () => {
    const chief = await server.signUp('Chief');
    const userPath = `/v1/users/${chief.signedIn?.user.id}`;
    const room = await server.createRoom({ access: 'members' });
    await server.admin.patch(userPath, { role: 'admin' });
    expect((await server.join(chief, room)).participant.role).toBe('host');
    await server.admin.patch(userPath, { role: 'user' });
    expect(await chief.post(`/v1/rooms/${room.id}/join`)).toBeProblem(404, 'not_found');
    expect(await chief.post(`/v1/rooms/${room.id}/heartbeat`)).toBeProblem(404, 'not_found');
  });
});

describe('the policy after a wait for a token', () => {
  const changes: [string, (path: string, person: Client) => Promise<unknown>, number, string][] = [
    [
      'the room was closed',
      (path) => server.admin.patch(path, { status: 'closed' }),
      409,
      'room_closed',
    ],
    [
      'the room was hidden',
      (path) => server.admin.patch(path, { access: 'members' }),
      404,
      'not_found',
    ],
    [
      'the user has signed out',
      (_, person) => person.post('/v1/auth/logout'),
      401,
      'unauthenticated',
    ],
  ];

  it.each(changes)('is evaluated again when %s', async (_, act, status, code) => {
    const [person, room] = [await server.signUp(), await server.createRoom()];
    const path = `/v1/rooms/${room.id}`;
    server.cas.behave({ delay: 500, times: 1 });
    const before = server.cas.stats().received;
    const joining = person.post(`${path}/join`);
    await expect.poll(() => server.cas.stats().received, { interval: 10 }).toBe(before + 1);
    await act(path, person);
    expect(await joining).toBeProblem(status, code);
  });

  it('is evaluated again when the room has ended', async () => {
    server.cas.behave({ delay: 500, times: 1 });
    const closesAt = new Date(Date.now() + 300).toISOString();
    const room = await server.createRoom({ closesAt });
    const answer = await clientOf('user').post(`/v1/rooms/${room.id}/join`);
    expect(answer).toBeProblem(409, 'room_closed');
    server.cas.reset();
  });
});
