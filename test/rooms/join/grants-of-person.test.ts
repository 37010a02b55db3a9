import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { appOf, Backend, type ParticipantGrant, somebody } from '../../support/backend.js';
import type { List, User } from '../../support/shapes.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

describe('equal grants at once', () => {
  it('make one user, one seat and one participant token', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const grants = await Promise.all(
      Array.from({ length: 100 }, () => backend.ask(room, { externalId, role: 'viewer' })),
    );
    expect(new Set(grants.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(grants.map(({ body }) => body.participantToken)).size).toBe(1);
    expect(new Set(grants.map(({ body }) => body.participant.id)).size).toBe(1);
    const { body } = await server.admin.get<List<User>>(`/v1/users?externalId=${externalId}`);
    expect(body.items).toHaveLength(1);
  });
});

describe('the sessions of a person who has many devices', () => {
  it('are at most 20 in a room that live, and the oldest ends', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const grants: ParticipantGrant[] = [];
    for (let device = 0; device <= 20; device += 1)
      grants.push(await backend.grant(room, { externalId, device: `device-${device}` }));
    const statuses = await Promise.all(
      grants.map(async (grant) => (await appOf(server, grant).get('/v1/me')).status),
    );
    expect(statuses).toEqual([401, ...Array.from({ length: 20 }, () => 200)]);
    const { body } = await appOf(server, grants[0] as ParticipantGrant).get<{ reason: string }>(
      '/v1/me',
    );
    // An app asks again at once after an expiry, and would end the next device.
    expect(body.reason).toBe('session_ended');
  });

  it('are at most 200 ended ones that are kept', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const grant = await backend.grant(room, { externalId });
    const { id } = (await appOf(server, grant).get<User>('/v1/me')).body;
    await server.database.query(
      `insert into sessions (id, user_id, kind, room_id, device, address, idle_expires_at, expires_at)
       select gen_random_uuid(), $1, 'participant', $2, 'old-' || n, '', clock_timestamp(),
              clock_timestamp() from generate_series(1, 300) n`,
      [id, room.id],
    );
    await backend.grant(room, { externalId, device: 'tv' });
    expect(
      await server.database.query(`select from sessions where user_id = $1`, [id]),
    ).toHaveLength(202);
    expect((await appOf(server, grant).get('/v1/me')).status).toBe(200);
  });

  it('are opened at a limited pace, and a repeated grant opens none', async () => {
    const room = await server.createRoom();
    const externalId = somebody();
    const asked = async (device: string) =>
      (await backend.ask(room, { externalId, device })).status;
    // Some more than the burst, because the limit gives one back every six seconds.
    let opened = 0;
    while (opened < 130 && (await asked(`device-${opened}`)) === 200) opened += 1;
    expect(opened).toBeGreaterThanOrEqual(100);
    expect(opened).toBeLessThan(130);
    expect(await asked('device-99')).toBe(200);
  });
});
