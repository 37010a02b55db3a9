import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { during, whileGone } from '../../traffic.js';
import { ONCE } from '../good-path.js';
import { EMAIL, type ErrorPath, type Scene } from '../scene.js';
import { SECRETS } from '../secrets.js';

const { newPassword, password, accessCode, nextAccessCode, idempotencyKey } = SECRETS;
const made = (name: string) => ({ email: `${name}@example.org`, password, displayName: name });

type Work = (scene: Scene) => Promise<{ code?: string }>;
const signUp: Work = ({ traffic }) =>
  traffic.send(traffic.anyone, 'POST /v1/auth/register', made('broken-up'));
const signIn: Work = ({ traffic }) =>
  traffic.send(traffic.anyone, 'POST /v1/auth/login', { email: EMAIL, password: newPassword });
const makeUser: Work = ({ traffic, admin }) =>
  traffic.send(admin, 'POST /v1/users', made('broken'), { 'idempotency-key': password });
const makeRoom: Work = ({ traffic, admin }) =>
  traffic.send(admin, 'POST /v1/rooms', { name: 'Broken', accessCode });
const makeInvite: Work = ({ traffic, admin, idle }) =>
  traffic.send(admin, `POST /v1/rooms/${idle.id}/invites`, { role: 'viewer' });
const change: Work = ({ traffic, stranger }) =>
  traffic.send(stranger, 'PUT /v1/me/password', { currentPassword: password, newPassword });
const join: Work = ({ traffic, stranger, room }) =>
  traffic.send(stranger, `POST /v1/rooms/${room.id}/join`, { accessCode: nextAccessCode });
const rekey: Work = async ({ traffic, admin, room, postgres }) => {
  // The pause after another re-key must have ended.
  await postgres.database.query('update room_tokens set rekeyed_at = null');
  return traffic.send(admin, `POST /v1/rooms/${room.id}/rekey`, { reason: 'a leak' });
};
const read: Work = ({ traffic, person }) => traffic.send(person, 'GET /v1/me');

/** Makes statements on the table fail with the row that they were about to write. */
const broken = (table: string, what: string, work: Work, code = 'internal_error'): ErrorPath => ({
  name: `${what} while ${table} refuses its row`,
  code,
  go: async (scene) => {
    const { database } = scene.postgres;
    await database.query(`alter table ${table} add constraint none check (false) not valid`);
    try {
      return await work(scene);
    } finally {
      await database.query(`alter table ${table} drop constraint none`);
    }
  },
});

const gone = (what: string, work: Work): ErrorPath => ({
  name: `${what} while the database allows no connections`,
  code: 'database_unavailable',
  go: (scene) => whileGone(scene.postgres.database, () => work(scene)),
});

async function untilReady({ traffic }: Scene): Promise<void> {
  await vi.waitFor(
    async () => expect((await traffic.anyone.get('/health/ready')).status).toBe(200),
    { timeout: 10_000, interval: 100 },
  );
}

const stopped = (what: string, work: Work): ErrorPath => ({
  name: `${what} while Postgres is stopped`,
  code: 'database_unavailable',
  go: async (scene) => {
    await scene.postgres.server.stop('immediate');
    try {
      const answer = await work(scene);
      // This is long enough for the tasks of the server to fail too.
      await sleep(700);
      return answer;
    } finally {
      await scene.postgres.server.restart();
      await untilReady(scene);
    }
  },
});

const slow = (what: string, lock: string, work: Work): ErrorPath => ({
  name: `${what} whose statement takes too long`,
  code: 'overloaded',
  go: (scene) => during(scene.postgres.database, lock, () => work(scene)),
});

/** Errors of statements with an address, a hash or an encrypted answer, and a missing database. */
export const database: readonly ErrorPath[] = [
  broken('users', 'a sign-up', signUp),
  broken('users', 'an account by an admin', makeUser),
  broken('users', 'a change of the password', change),
  broken('sessions', 'a sign-in', signIn),
  broken('rooms', 'a room with a code', makeRoom),
  broken('invites', 'an invite', makeInvite),
  broken('idempotency_marks', 'an account with an Idempotency-Key', makeUser),
  broken('seats', 'a join with a code', join),
  broken('audit_entries', 'an account by an admin', makeUser),
  broken('room_generations', 'a re-key', rekey, 'cas_unavailable'),
  {
    name: 'a stored answer that does not decrypt',
    code: 'internal_error',
    go: async ({ traffic, admin, postgres }) => {
      const user = { email: 'made@example.org', password, displayName: 'Made' };
      await postgres.database.query(`update idempotency_marks set answer = '\\x010203'`);
      return traffic.send(admin, 'POST /v1/users', user, ONCE);
    },
  },
  slow('a sign-up', 'lock table users in exclusive mode', signUp),
  slow('a room with a code', 'lock table rooms in exclusive mode', makeRoom),
  gone('a sign-in', signIn),
  gone('a reading', read),
  stopped('a sign-in', signIn),
  stopped('a change of the password', change),
  stopped('a join with a code', join),
  stopped('a room with a code', makeRoom),
  {
    name: 'a sign-in after too many wrong ones',
    code: 'rate_limited',
    go: async ({ traffic }) => {
      const guess = { email: 'guessed@example.org', password: idempotencyKey };
      let answer: { code?: string } = {};
      for (let time = 0; time < 15 && answer.code !== 'rate_limited'; time += 1)
        answer = await traffic.send(traffic.anyone, 'POST /v1/auth/login', guess);
      return answer;
    },
  },
  {
    name: 'a join of a room whose stored token does not decrypt',
    code: 'cas_unavailable',
    go: async ({ traffic, person, room, postgres }) => {
      await postgres.database.query(
        `update room_tokens set token = '\\x010203' where token is not null`,
      );
      return traffic.send(person, `POST /v1/rooms/${room.id}/join`);
    },
  },
];
