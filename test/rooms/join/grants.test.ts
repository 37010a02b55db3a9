import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { appOf, Backend, type ParticipantGrant, somebody } from '../../support/backend.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { RequestStatements } from '../../support/request-statements.js';
import type { List, Room, User } from '../../support/shapes.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

describe('a grant', () => {
  it('seats a new person, and returns what a join returns and a participant token', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const grant = await backend.grant(room, { externalId, displayName: 'Ada' });
    expect(grant).toMatchObject({
      room: { id: room.id },
      participant: { displayName: 'Ada', role: 'participant' },
      generation: 1,
      participantToken: expect.stringMatching(/^lkp_[\w-]{64}$/) as string,
    });
    const { body } = await server.admin.get<List<User>>(`/v1/users?externalId=${externalId}`);
    expect(body.items).toMatchObject([
      { kind: 'external', issuer: 'external:default', displayName: 'Ada', role: 'user' },
    ]);
  });

  it('is told the same token as everybody else in the room', async () => {
    const room = await server.createRoom();
    const { token } = await server.join(server.admin, room);
    expect((await backend.grant(room, { externalId: somebody() })).token).toBe(token);
  });

  it('finds the room by its slug', async () => {
    const room = await server.createRoom({ slug: 'final-of-grants' });
    const grant = await backend.grant({ id: 'final-of-grants' }, { externalId: somebody() });
    expect(grant.room.id).toBe(room.id);
  });

  it('returns the same token, seat and name when it is repeated', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const first = await backend.grant(room, { externalId });
    const again = await backend.grant(room, { externalId });
    expect(again.participantToken).toBe(first.participantToken);
    expect(again.participant).toEqual(first.participant);
  });

  it('keeps the seat and its name when the backend sends another name', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const first = await backend.grant(room, { externalId, displayName: 'Ada' });
    const again = await backend.grant(room, { externalId, displayName: 'Grace' });
    expect(again.participant).toEqual(first.participant);
  });

  it('gives another device of the person a token and a seat of its own', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const phone = await backend.grant(room, { externalId, device: 'phone' });
    const tv = await backend.grant(room, { externalId, device: 'tv' });
    expect(tv.participantToken).not.toBe(phone.participantToken);
    expect(tv.participant.id).not.toBe(phone.participant.id);
    expect((await appOf(server, phone).get<User>('/v1/me')).body.id).toBe(
      (await appOf(server, tv).get<User>('/v1/me')).body.id,
    );
  });

  it('extends the life of the token, and never shortens it', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const short = await backend.grant(room, { externalId, expiresInSeconds: 60 });
    const long = await backend.grant(room, { externalId, expiresInSeconds: 3_600 });
    const shorter = await backend.grant(room, { externalId, expiresInSeconds: 60 });
    const lifeOf = ({ participantTokenExpiresAt, serverTime }: ParticipantGrant) =>
      Math.round((Date.parse(participantTokenExpiresAt) - Date.parse(serverTime)) / 1_000);
    expect([lifeOf(short), lifeOf(long)]).toEqual([60, 3_600]);
    expect(shorter.participantTokenExpiresAt).toBe(long.participantTokenExpiresAt);
    expect(shorter.participantToken).toBe(short.participantToken);
  });

  it('keeps the same external id in two namespaces apart', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const other = await Backend.create(server.admin, undefined, { namespace: 'external:other' });
    const [one, two] = [
      await backend.grant(room, { externalId }),
      await other.grant(room, { externalId }),
    ];
    expect(two.participantToken).not.toBe(one.participantToken);
    const { body } = await server.admin.get<List<User>>(`/v1/users?externalId=${externalId}`);
    const issuers = body.items.map(({ issuer }) => issuer);
    expect(new Set(issuers)).toEqual(new Set(['external:default', 'external:other']));
  });

  it('refuses an issuer that is neither trusted nor the namespace of the key', async () => {
    const room = await server.createRoom();
    for (const issuer of ['external:other', 'https://unknown.example'])
      expect(
        placesOf(
          expectProblem(
            await backend.ask(room, { externalId: somebody(), issuer }),
            400,
            'invalid_request',
          ),
        ),
      ).toEqual(['/issuer']);
  });

  it.each([
    [{ externalId: '' }, '/externalId'],
    [{ externalId: 'a\u0000b' }, '/externalId'],
    [{ device: '' }, '/device'],
    [{ device: 'a phone' }, '/device'],
    [{ displayName: ' ' }, '/displayName'],
    [{ expiresInSeconds: 59 }, '/expiresInSeconds'],
    [{ expiresInSeconds: 86_401 }, '/expiresInSeconds'],
    [{ role: 'admin' }, '/role'],
    [{ userId: 'x' }, '/userId'],
  ])('refuses the field in %o', async (wrong, pointer) => {
    const room = await server.createRoom();
    const answer = await backend.ask(room, { externalId: somebody(), ...wrong });
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual([pointer]);
  });
});

describe('the membership of a grant', () => {
  const membersOf = async (room: Room) =>
    (await server.admin.get<List<{ role: string }>>(`/v1/rooms/${room.id}/members`)).body.items.map(
      ({ role }) => role,
    );

  it('admits a person to a room for members, in one call', async () => {
    const room = await server.createRoom({ access: 'members' });
    const grant = await backend.grant(room, { externalId: somebody(), role: 'viewer' });
    expect(grant.participant.role).toBe('viewer');
    expect(await membersOf(room)).toEqual(['viewer']);
    expect((await appOf(server, grant).post(`/v1/rooms/${room.id}/join`)).status).toBe(200);
  });

  it('changes the role of a member, and the seat has it at once', async () => {
    const room = await server.createRoom({ access: 'members' });
    const externalId = somebody();
    await backend.grant(room, { externalId, role: 'viewer' });
    const { participant } = await backend.grant(room, { externalId, role: 'host' });
    expect(participant.role).toBe('host');
    expect(await membersOf(room)).toEqual(['host']);
  });

  it('requires the scope rooms:write too', async () => {
    const room = await server.createRoom({ access: 'members' });
    const joiner = await Backend.create(server.admin, ['join:on-behalf']);
    const answer = await joiner.ask(room, { externalId: somebody(), role: 'viewer' });
    const problem = expectProblem(answer, 403, 'insufficient_scope');
    expect(problem).toMatchObject({ scope: 'rooms:write' });
  });

  it('is written once, with one entry in the audit trail', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    for (let turn = 0; turn < 3; turn += 1)
      await backend.grant(room, { externalId, role: 'viewer' });
    const { body } = await server.admin.get<List<{ action: string; actorId: string }>>(
      `/v1/audit?roomId=${room.id}`,
    );
    const entries = body.items.filter(({ actorId }) => actorId === backend.keyId);
    expect(new Set(entries.map(({ action }) => action))).toEqual(
      new Set(['member.set', 'session.opened']),
    );
    expect(entries).toHaveLength(2);
  });
});

describe('the access code of a grant', () => {
  it('is given once, also for the joins of the app', async () => {
    const room = await server.createRoom({ accessCode: 'sesame' });
    const externalId = somebody();
    const grant = await backend.grant(room, { externalId, accessCode: 'sesame' });
    expect((await appOf(server, grant).post(`/v1/rooms/${room.id}/leave`)).status).toBe(204);
    expect((await appOf(server, grant).post(`/v1/rooms/${room.id}/join`)).status).toBe(200);
    expect((await backend.ask(room, { externalId, device: 'tv' })).status).toBe(200);
  });
});

describe('the round trips of a grant', () => {
  it('are at most four for a new person, and three for a repeated grant', async () => {
    const room = await server.createRoom();
    await server.join(server.admin, room);
    const statements = new RequestStatements(server);
    try {
      const externalId = somebody();
      const [, first] = await statements.of(() =>
        backend.grant(room, { externalId, role: 'viewer' }),
      );
      expect(first).toEqual(['api-keys.use', 'grants.read-by-id', 'join.take-granted-seat']);
      const [grant, again] = await statements.of(() => backend.grant(room, { externalId }));
      expect(again.length).toBeLessThanOrEqual(3);
      await statements.of(() => appOf(server, grant).post(`/v1/rooms/${room.id}/join`));
      const [, joined] = await statements.of(() =>
        appOf(server, grant).post(`/v1/rooms/${room.id}/join`),
      );
      expect(joined).toEqual(['sessions.find-live', 'join.read-by-id']);
    } finally {
      statements.stop();
    }
  });
});
