import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormerGranteeRemains } from '../../../src/rooms/join/grants.problems.js';
import { Backend, bearing, type ParticipantGrant, somebody } from '../../support/backend.js';
import type { Answer } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { List, ProblemBody, Room, User } from '../../support/shapes.js';

const REPLICAS = 3;
const ROUNDS = 12;

let cluster: Cluster;
let backend: Backend;
let urls: string[];

beforeAll(async () => {
  cluster = await startCluster(REPLICAS);
  urls = cluster.replicas.map(({ url }) => url);
  backend = await Backend.create(cluster.admin);
});
afterAll(() => cluster.stop());

const urlOf = (turn: number): string => urls[turn % urls.length] ?? '';
const times = <Item>(count: number, make: (turn: number) => Item): Item[] =>
  Array.from({ length: count }, (_, turn) => make(turn));
function verdictOf({ status, body }: Answer<ParticipantGrant>): string {
  if (status === 200) return 'seated';
  const { code, detail } = body as unknown as ProblemBody;
  return status < 500 ? `${status} ${code}` : detail;
}

/** A room that has its token already, so that a grant is one statement. */
async function warmRoom(): Promise<Room> {
  const { body } = await cluster.admin.post<Room>('/v1/rooms', { name: 'Final', access: 'users' });
  await cluster.admin.post(`/v1/rooms/${body.id}/join`);
  return body;
}

const userOf = async (externalId: string): Promise<string> =>
  (await cluster.admin.get<List<User>>(`/v1/users?externalId=${externalId}`)).body.items[0]?.id ??
  '';

const countOf = async (query: string, values: unknown[]): Promise<number> => {
  const [row] = await cluster.database.query<{ count: number }>(
    `select count(*)::int as count ${query}`,
    values,
  );
  return row?.count ?? -1;
};

interface Moment {
  readonly room: Room;
  readonly externalId: string;
  readonly userId: string;
}

/** The change that meets the grants, the refusals that it may cause, and what must not be left. */
interface Meeting {
  readonly change: (moment: Moment) => Promise<Answer<unknown>>;
  readonly refusals: readonly string[];
  readonly isOver: (moment: Moment) => Promise<number>;
}

const LIVE = `from sessions s join users u on u.id = s.user_id
  where u.id = $1 and s.revoked_at is null and s.created_at >= u.sessions_valid_from`;

const MEETINGS: Readonly<Record<string, Meeting>> = {
  ban: {
    change: ({ room, userId }) => cluster.admin.put(`/v1/rooms/${room.id}/bans/${userId}`, {}),
    refusals: ['403 banned'],
    isOver: ({ room, userId }) => countOf(`${LIVE} and s.room_id = $2`, [userId, room.id]),
  },
  'lock of the room': {
    change: ({ room }) => cluster.admin.patch(`/v1/rooms/${room.id}`, { status: 'locked' }),
    refusals: ['409 room_locked'],
    isOver: async () => 0,
  },
  'deletion of the room': {
    change: ({ room }) => cluster.admin.delete(`/v1/rooms/${room.id}`),
    refusals: ['404 not_found'],
    isOver: async () => 0,
  },
  'suspension of the account': {
    change: ({ userId }) => cluster.admin.patch(`/v1/users/${userId}`, { status: 'disabled' }),
    refusals: ['403 account_disabled'],
    isOver: ({ userId }) => countOf(LIVE, [userId]),
  },
  'deletion of the user': {
    change: ({ userId }) => cluster.admin.delete(`/v1/users/${userId}`),
    refusals: [new FormerGranteeRemains().detail],
    isOver: ({ userId }) => countOf('from sessions where user_id = $1', [userId]),
  },
};

describe('grants that meet a change, over three replicas', () => {
  it.each(Object.entries(MEETINGS))(
    'are answered or refused at the moment of a %s, and nothing half done is left',
    async (_, { change, refusals, isOver }) => {
      const verdicts = new Set<string>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const [room, home] = await Promise.all([warmRoom(), warmRoom()]);
        const externalId = somebody();
        await backend.grant(home, { externalId });
        const moment = { room, externalId, userId: await userOf(externalId) };
        const asked = times(6, (turn) =>
          backend.at(urlOf(turn)).ask(room, { externalId, role: 'viewer' }),
        );
        await sleep(Math.random() * 20);
        const changed = await change(moment);
        expect([200, 204]).toContain(changed.status);
        const answers = await Promise.all(asked);
        const own = answers.map(verdictOf);
        for (const verdict of own) {
          verdicts.add(verdict);
          expect(['seated', ...refusals]).toContain(verdict);
        }
        expect(await isOver(moment)).toBe(0);
        if (own.includes('seated')) continue;
        for (const table of ['sessions', 'seats', 'members', 'audit_entries'])
          expect(
            await countOf(
              `from ${table} where room_id = $1 and user_id = $2
              ${table === 'audit_entries' ? 'and actor_id = $3' : 'and $3::uuid is not null'}`,
              [room.id, moment.userId, backend.keyId],
            ),
          ).toBe(0);
      }
      expect(verdicts).toContain('seated');
    },
  );
});

/** Sends grants for one person, by each replica without a pause, while `work` runs. */
async function whileAsking(
  secret: () => string,
  work: () => Promise<void>,
): Promise<Answer<ParticipantGrant>[]> {
  const room = await warmRoom();
  let isOver = false;
  const asking = urls.map(async (url) => {
    const answers: Answer<ParticipantGrant>[] = [];
    const externalId = somebody();
    while (!isOver) {
      const client = bearing(url, secret());
      answers.push(await new Backend('', '', client).ask(room, { externalId, role: 'viewer' }));
    }
    return answers;
  });
  try {
    await work();
  } finally {
    isOver = true;
  }
  return (await Promise.all(asking)).flat();
}

async function rotate(key: Backend): Promise<Backend> {
  const path = `/v1/api-keys/${key.keyId}/rotate`;
  const { status, body } = await cluster.admin.post<{ key: string }>(path, {});
  expect(status).toBe(201);
  return new Backend(key.keyId, body.key, bearing(urlOf(0), body.key));
}

describe('an API key in use at three replicas', () => {
  it('is rotated without a refusal, and its oldest secret ends everywhere at once', async () => {
    const oldest = await Backend.create(cluster.admin);
    let second = oldest;
    let turn = 0;
    const either = () => ((turn += 1) % 2 === 0 ? oldest.key : second.key);
    const during = await whileAsking(either, async () => {
      await sleep(150);
      second = await rotate(oldest);
      await sleep(400);
    });
    expect(during.length).toBeGreaterThan(10);
    expect(new Set(during.map(verdictOf))).toEqual(new Set(['seated']));
    let newest = second;
    const after = await whileAsking(
      () => ((turn += 1) % 2 === 0 ? second.key : newest.key),
      async () => {
        newest = await rotate(second);
        for (const url of urls) {
          const refused = await bearing(url, oldest.key).get('/v1/rooms');
          expectProblem(refused, 401, 'unauthenticated');
        }
      },
    );
    expect(new Set(after.map(verdictOf))).toEqual(new Set(['seated']));
  });

  it.each([
    ['loses its scope', '403 insufficient_scope', { scopes: ['rooms:read'] }],
    ['is deleted', '401 unauthenticated', undefined],
  ])('that %s refuses the grants that follow, without a failure', async (_, refusal, change) => {
    const key = await Backend.create(cluster.admin);
    const path = `/v1/api-keys/${key.keyId}`;
    const answers = await whileAsking(
      () => key.key,
      async () => {
        await sleep(150);
        if (change) await cluster.admin.patch(path, change);
        else await cluster.admin.delete(path);
        await sleep(150);
      },
    );
    expect(new Set(answers.map(verdictOf))).toEqual(new Set(['seated', refusal]));
    const room = await warmRoom();
    for (const url of urls)
      expect(verdictOf(await key.at(url).ask(room, { externalId: somebody() }))).toBe(refusal);
  });
});
