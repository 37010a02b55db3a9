import { beforeAll, describe, expect, it } from 'vitest';
import { InvitesRepository } from '../../../src/rooms/entry/invites.repository.js';
import { EndedSessionsRepository } from '../../../src/users/sessions/ended-sessions.repository.js';
import type { Progress } from '../../../src/platform/tasks/progress.js';
import { AlarmsService } from '../../../src/platform/audit/alarms.service.js';
import { ApiKeysRepository } from '../../../src/users/api-keys/api-keys.repository.js';
import { AuditService } from '../../../src/platform/audit/audit.service.js';
import { GenerationsRepository } from '../../../src/rooms/history/generations.repository.js';
import { BansRepository } from '../../../src/rooms/moderation/bans.repository.js';
import { OldReportsRepository } from '../../../src/rooms/sdk-reports/old-reports.repository.js';
import { useApp } from '../../support/app.js';

const DAY = 86_400;
/** More rows than two batches have. */
const MANY = 2_500;

let room: string;
let person: string;

const server = useApp();

beforeAll(async () => {
  room = (await server.createRoom()).id;
  person = (await server.signUp()).signedIn?.user.id ?? '';
});
const ago = (days: number) => `clock_timestamp() - interval '${days} days'`;
/** Rows of two ages: `MANY` old rows to delete, and three young rows to keep. */
const ages = `(select ${ago(91)} as at, n from generate_series(1, ${MANY}) n
  union all select ${ago(89)}, -n from generate_series(1, 3) n) aged`;

const session = (column: string) => `
  insert into sessions (id, user_id, device_id, device, address, refresh_hash, created_at,
                        idle_expires_at, expires_at, revoked_at)
  select gen_random_uuid(), '${person}', gen_random_uuid(), '${column}', '203.0.113.9', 'x', ${ago(200)},
         ${column === 'idle_expires_at' ? 'at' : ago(-1)}, ${column === 'expires_at' ? 'at' : ago(-1)},
         ${column === 'revoked_at' ? 'at' : 'null'} from ${ages}`;
const invite = (column: string) => `
  insert into invites (id, room_id, code_hash, role, note, ${column})
  select gen_random_uuid(), '${room}', decode(md5('${column}' || n), 'hex'), 'viewer', '${column}', at
    from ${ages}`;

interface Kind {
  readonly table: string;
  readonly where?: string;
  readonly insert: () => string;
  readonly purge: () => Promise<Progress>;
  /** How many rows stay. */
  readonly left?: number;
}

const get = <Service>(type: new (...parts: never[]) => Service) =>
  server.app.get<Service>(type, { strict: false });
const sessionsOf = (column: string): Kind => ({
  table: 'sessions',
  where: `device = '${column}'`,
  insert: () => session(column),
  purge: () => get(EndedSessionsRepository).purge(90 * DAY),
});
/** Each call examines a part of the sessions, whose size depends on time. */
const inCalls = async (calls: number): Promise<Progress> => {
  for (let call = 0; call < calls; call += 1) await get(EndedSessionsRepository).purge(90 * DAY);
  return 'done';
};
const invitesOf = (column: string): Kind => ({
  table: 'invites',
  where: `note = '${column}'`,
  insert: () => invite(column),
  purge: () => get(InvitesRepository).purge(90 * DAY),
});
const reports = () => get(OldReportsRepository).purge(90 * DAY);

const kinds: [what: string, kind: Kind][] = [
  ['sessions that were ended', sessionsOf('revoked_at')],
  ['sessions that have expired', sessionsOf('expires_at')],
  ['sessions that were idle', { ...sessionsOf('idle_expires_at'), purge: () => inCalls(20) }],
  ['invites that were revoked', invitesOf('revoked_at')],
  ['invites that have expired', invitesOf('expires_at')],
  [
    'generations that ended',
    {
      table: 'room_generations',
      insert: () =>
        `insert into room_generations (room_id, generation, fingerprint, reason, started_at, serve_until)
         select '${room}', 10000 + n, 'x', 'expired', at - interval '1 hour', at from ${ages}`,
      purge: () => get(GenerationsRepository).purge(90 * DAY),
    },
  ],
  [
    'alarms',
    {
      table: 'raised_alarms',
      insert: () =>
        `insert into raised_alarms (room_id, kind, subject, raised_at)
         select '${room}', 'session_dead', n, at from ${ages}`,
      purge: () => get(AlarmsService).purge(90 * DAY),
    },
  ],
  [
    'alarms without a room',
    {
      table: 'raised_alarms',
      where: 'room_id is null',
      insert: () =>
        `insert into raised_alarms (kind, subject, raised_at)
         select 'api_key_expiring', n, at from ${ages}`,
      purge: () => get(AlarmsService).purge(90 * DAY),
    },
  ],
  [
    'secrets of API keys',
    {
      table: 'api_key_secrets',
      insert: () =>
        `with service as (
           insert into users (id, kind, role, status, display_name)
           values (gen_random_uuid(), 'service', 'service', 'active', 'Shop') returning id
         ), key as (
           insert into api_keys (id, name, scopes, namespace)
           select id, 'Shop', '{rooms:read}', 'external:default' from service returning id
         )
         insert into api_key_secrets (hash, key_id, prefix, expires_at)
         select convert_to(n::text, 'UTF8'), id, 'lk_', at from key, ${ages}`,
      purge: () => get(ApiKeysRepository).purge(90 * DAY),
    },
  ],
  [
    'reports of people',
    {
      table: 'dead_session_reporters',
      insert: () =>
        `insert into dead_session_reporters (room_id, generation, user_id, reported_at)
         select '${room}', n, '${person}', at from ${ages}`,
      purge: reports,
    },
  ],
  [
    'counts of reports',
    {
      table: 'dead_sessions',
      insert: () =>
        `insert into dead_sessions (room_id, generation, reporters, reported_at)
         select '${room}', n, 1, at from ${ages}`,
      purge: reports,
    },
  ],
  [
    'entries of the audit trail',
    {
      table: 'audit_entries',
      where: `action = 'old'`,
      insert: () =>
        `insert into audit_entries (id, action, details, at)
         select gen_random_uuid(), 'old', '{}', at from ${ages}`,
      purge: () => get(AuditService).purge(90 * DAY),
    },
  ],
  [
    'bans that ended',
    {
      table: 'bans',
      where: `reason = 'old'`,
      insert: () =>
        `with people as (
           insert into users (id, email, email_key, display_name, role, status)
           select gen_random_uuid(), 'x', 'banned ' || n, 'Banned', 'user', 'active' from ${ages}
           returning id, email_key
         )
         insert into bans (room_id, user_id, until, reason, banned_by)
         select '${room}', id, case when email_key like '%-%' then ${ago(-1)} else ${ago(1)} end, 'old', id
           from people`,
      purge: () => get(BansRepository).removeEnded(),
    },
  ],
];

describe('the purge of old rows', () => {
  it.each(kinds)('old rows are deleted in batches, and younger rows stay: %s', async (_, kind) => {
    const { table, where = 'true', insert, purge, left = 3 } = kind;
    const count = async () => {
      const query = `select count(*)::int as count from ${table} where ${where}`;
      return (await server.database.query<{ count: number }>(query))[0]?.count ?? -1;
    };
    const before = await count();
    await server.database.query(insert());
    expect(await count()).toBe(before + MANY + left);
    while ((await purge()) === 'unfinished');
    expect(await count()).toBe(before + left);
  });
});

describe('the purge of the audit trail', () => {
  it('an entry younger than 30 days is never deleted, whatever the caller asks for', async () => {
    await server.database.query(
      `insert into audit_entries (id, action, details, at)
       values (gen_random_uuid(), 'young', '{}', ${ago(29)})`,
    );
    await expect(get(AuditService).purge(DAY)).rejects.toThrow('append-only');
    const young = `select 1 from audit_entries where action = 'young'`;
    expect(await server.database.query(young)).toHaveLength(1);
  });
});

describe('users of a deleted invite', () => {
  it('a user who joined with an invite that was deleted later may join again without an access code', async () => {
    const guarded = await server.createRoom({ accessCode: '4711', access: 'members' });
    const path = `/v1/rooms/${guarded.id}`;
    const { body } = await server.admin.post<{ id: string; code: string }>(`${path}/invites`, {
      role: 'participant',
    });
    const fan = await server.signUp('Invited');
    await server.join(fan, guarded, { inviteCode: body.code });
    await server.database.query(`update invites set revoked_at = ${ago(91)} where id = $1`, [
      body.id,
    ]);
    await get(InvitesRepository).purge(90 * DAY);
    expect(await server.database.query('select 1 from invites where id = $1', [body.id])).toEqual(
      [],
    );
    await fan.post(`${path}/leave`);
    await server.join(fan, guarded);
  });
});
