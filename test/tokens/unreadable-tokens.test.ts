import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../support/app.js';
import type { ProblemBody, Room } from '../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../support/token-rows.js';

const server = useApp();
interface Readiness {
  readonly status: string;
  readonly parts: Record<string, { works: boolean | null; detail?: string }>;
}

const readiness = () => server.anyone.get<Readiness>('/health/ready');
const rowOf = (room: Room) => tokenRowOf(server.database, room.id);
const store = (room: Room, bytes: Buffer | null | undefined) =>
  changeTokenRow(server.database, room.id, 'token = $2', [bytes]);

async function auditOf(room: Room): Promise<string[]> {
  const rows = await server.database.query<{ action: string }>(
    `select action from audit_entries where room_id = $1 and action like 'token.%'`,
    [room.id],
  );
  return rows.map(({ action }) => action);
}

async function liveRoom(): Promise<Room> {
  const room = await server.createRoom();
  await server.join(server.admin, room);
  return room;
}

/** Ways to damage the row of a live room. */
const damage: Record<string, (room: Room) => Promise<void>> = {
  'has a flipped byte': async (room) => {
    const { token } = await rowOf(room);
    const flipped = Buffer.from(token ?? '');
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    await store(room, flipped);
  },
  'is that of another room': async (room) => {
    await store(room, (await rowOf(await liveRoom())).token);
  },
  'is that of an older generation': async (room) => {
    const older = (await rowOf(room)).token;
    await changeTokenRow(server.database, room.id, 'serve_until = clock_timestamp()');
    expect((await server.join(server.admin, room)).generation).toBe(2);
    await store(room, older);
  },
  'has an unknown key id': (room) =>
    changeTokenRow(server.database, room.id, 'token_key_id = $2', ['000000000000']),
  'is truncated': async (room) => {
    await store(room, (await rowOf(room)).token?.subarray(0, -1));
  },
  'is shorter than a ciphertext can be': (room) => store(room, Buffer.of(1, 2, 3)),
  'is missing': (room) => store(room, null),
};

it('readiness reports stored tokens as unknown before the first token was read', async () => {
  const tokensPart = async () => (await readiness()).body.parts['tokens'];
  expect(await tokensPart()).toEqual({ works: null, detail: 'no stored token has been read yet' });
  await liveRoom();
  expect(await tokensPart()).toEqual({ works: true });
});

describe.each(Object.keys(damage))('a stored token that %s', (kind) => {
  let room: Room;
  let neighbour: Room;
  let tokens: number;

  beforeAll(async () => {
    [room, neighbour] = [await liveRoom(), await liveRoom()];
    await damage[kind]?.(room);
    tokens = server.cas.stats().received;
  });

  it('makes joins of its room answer 503, with and without a seat', async () => {
    for (const client of [server.admin, await server.signUp()]) {
      const answer = await client.post<ProblemBody>(`/v1/rooms/${room.id}/join`);
      expect([answer.status, answer.body.code]).toEqual([503, 'cas_unavailable']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('does not make the server ask CAS for another token', async () => {
    const before = await rowOf(room);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.admin.post(`/v1/rooms/${room.id}/join`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(server.cas.stats().received).toBe(tokens);
    const { generation, fence } = await rowOf(room);
    expect({ generation, fence }).toEqual({ generation: before.generation, fence: before.fence });
  });

  it('does not affect other rooms', async () => {
    expect((await server.join(server.admin, neighbour)).generation).toBe(1);
  });

  it('causes one audit entry', async () => {
    await expect.poll(() => auditOf(room)).toEqual(['token.unreadable']);
    expect(await auditOf(neighbour)).toEqual([]);
  });

  it('is reported by readiness, which stays 200', async () => {
    const { status, body } = await readiness();
    expect([status, body.status]).toEqual([200, 'ready']);
    expect(body.parts['tokens']).toEqual({ works: false, detail: expect.stringContaining('1 ') });
  });

  it('is no longer reported after it has expired', async () => {
    await changeTokenRow(server.database, room.id, 'serve_until = clock_timestamp()');
    await server.join(server.admin, room);
    await server.join(server.admin, room);
    expect((await readiness()).body.parts['tokens']).toEqual({ works: true });
  });
});

describe('a stored token that does not decrypt', () => {
  it('does not affect the heartbeats of people inside', async () => {
    const room = await liveRoom();
    await store(room, Buffer.of(1));
    expect((await server.admin.post(`/v1/rooms/${room.id}/heartbeat`)).status).toBe(200);
  });

  it('is also noticed by a join that waited for it', async () => {
    const room = await server.createRoom();
    server.cas.behave({ hang: true });
    const waiting = server.admin.post<ProblemBody>(`/v1/rooms/${room.id}/join`);
    await expect.poll(() => server.cas.stats().inFlight).toBe(1);
    // Another replica has published meanwhile, under a key that this replica lacks.
    await changeTokenRow(
      server.database,
      room.id,
      `generation = 1, token = 'x', token_key_id = 'unknown', fingerprint = 'f', fence = fence + 1,
       lease_until = null, serve_until = clock_timestamp() + interval '1 h',
       expires_at = clock_timestamp() + interval '1 h'`,
    );
    const answer = await waiting;
    server.cas.reset();
    expect([answer.status, answer.body.code]).toEqual([503, 'cas_unavailable']);
    await expect.poll(() => auditOf(room)).toEqual(['token.unreadable']);
    expect((await readiness()).body.parts['tokens']?.works).toBe(false);
  });

  it('is no longer reported after its room is deleted', async () => {
    const before = (await readiness()).body.parts['tokens']?.detail ?? '0 rooms';
    const room = await liveRoom();
    await store(room, Buffer.of(1));
    await server.admin.post(`/v1/rooms/${room.id}/join`);
    await server.admin.delete(`/v1/rooms/${room.id}`);
    expect((await readiness()).body.parts['tokens']?.detail ?? '0 rooms').toBe(before);
  });
});
