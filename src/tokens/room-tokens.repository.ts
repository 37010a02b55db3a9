import { Injectable } from '@nestjs/common';
import { Batch } from '../common/batch.js';
import { Database, reservedStatement, statement } from '../database/database.js';
import { type AuditEntry, auditingOf, auditValuesOf } from '../events/audit.service.js';
import { recordingOf } from '../events/room-events.service.js';
import { TokenCipher } from './token-cipher.js';
import {
  type Lease,
  type Publication,
  type Rekey,
  type RoomState,
  TokenStore,
} from './token-store.js';

const LEASE_SECONDS = 6;

interface StateRow {
  readonly roomId: string;
  readonly generation: number;
  readonly token: Buffer | null;
  readonly keyId: string | null;
  readonly fingerprint: string | null;
  readonly serveUntil: Date | null;
  readonly expiresAt: Date | null;
  readonly live: boolean;
  readonly leased: boolean;
  readonly coolingSeconds: number;
}

const READ = reservedStatement(
  'tokens.read',
  `select t.room_id as "roomId", t.generation, t.token, t.token_key_id as "keyId", t.fingerprint,
          t.serve_until as "serveUntil", t.expires_at as "expiresAt",
          coalesce(t.serve_until > clock.at, false) as live,
          coalesce(t.lease_until > clock.at, false) as leased,
          greatest(0, coalesce(extract(epoch from t.retry_at - clock.at), 0))::float8
            as "coolingSeconds"
     from (select clock_timestamp() as at) clock cross join room_tokens t
     join rooms r on r.id = t.room_id and r.deleted_at is null
    where t.room_id = any($1::uuid[])`,
);

// The conditions read the clock after the row is locked: an update that waited for another one
// sees that one's row, and must see a time after it.
const ACQUIRE = reservedStatement(
  'tokens.acquire',
  `update room_tokens
      set fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where room_id = $1
      and (serve_until is null or serve_until <= clock_timestamp())
      and (retry_at is null or retry_at <= clock_timestamp())
      and (lease_until is null or lease_until <= clock_timestamp())
      and exists (select from rooms where id = $1 and deleted_at is null)
   returning fence::text as fence, generation`,
);

// Ignores whether the room is live or cooling down. It has no token any more once it was deleted: who
// waited for the row rechecks nothing but the row.
const ACQUIRE_FOR_REKEY = statement(
  'tokens.acquire-for-rekey',
  `update room_tokens
      set fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where room_id = $1 and generation = $2 and token is not null
      and (lease_until is null or lease_until <= clock_timestamp())
      and exists (select from rooms where id = $1 and deleted_at is null)
   returning fence::text as fence, generation`,
);

/** @param reason SQL for why the generation begins */
const publishing = (reason: string) =>
  `with published as (
     update room_tokens
        set generation = generation + 1, token = $3, token_key_id = $4, fingerprint = $5,
            serve_until = clock_timestamp() + make_interval(secs => $6),
            expires_at = clock_timestamp() + make_interval(secs => $7),
            fence = fence + 1, lease_until = null, retry_at = null, failures = 0
      where room_id = $1 and fence = $2
     returning room_id, generation, fingerprint, serve_until
   ), history as (
     insert into room_generations (room_id, generation, fingerprint, serve_until, reason)
     select room_id, generation, fingerprint, serve_until, ${reason} from published
     returning room_id, generation, reason
   ), moved as (
     select room_id, 'token.moved' as type, null::uuid as user_id, null::uuid as session_id,
            jsonb_build_object('generation', generation, 'reason', reason) as data
       from history
   ), ${recordingOf('moved')}`;

const PUBLISH = reservedStatement(
  'tokens.publish',
  `${publishing(`case generation when 1 then 'first' else 'expired' end`)}
   select generation from published`,
);

const PUBLISH_REKEY = statement(
  'tokens.publish-rekey',
  `${publishing(`'rekey'`)}, ${auditingOf('history', 8)} select generation from published`,
);

const STORED = reservedStatement(
  'tokens.stored',
  `select fence::text as fence, generation, fingerprint from room_tokens where room_id = $1`,
);

// Between half and all of 250 ms doubling to 10 s, or as long as CAS asked, up to 30 s.
const FAIL = reservedStatement(
  'tokens.fail',
  `update room_tokens
      set fence = fence + 1, lease_until = null, failures = failures + 1,
          retry_at = clock_timestamp() + make_interval(secs => greatest(
            least(10, 0.25 * 2 ^ least(failures, 10)) * (0.5 + random() / 2),
            least(30, $3::float8)))
    where room_id = $1 and fence = $2`,
);

const RELEASE = reservedStatement(
  'tokens.release',
  `update room_tokens set fence = fence + 1, lease_until = null where room_id = $1 and fence = $2`,
);

// Asked all the time, so it must cost the same with a million rooms that nobody is in: the clock
// stands in subqueries, or no index could be used, and who is inside a room whose token ended longer
// ago has been told to join again, which mints as well.
const DUE = statement(
  'tokens.due',
  `select t.room_id as "roomId"
     from room_tokens t
     join rooms r on r.id = t.room_id and r.deleted_at is null and r.status <> 'closed'
      and (r.closes_at is null or r.closes_at > clock_timestamp())
    where t.serve_until <= (select clock_timestamp())
      and t.serve_until > (select clock_timestamp() - interval '10 minutes')
      and (t.lease_until is null or t.lease_until <= clock_timestamp())
      and (t.retry_at is null or t.retry_at <= clock_timestamp())
      -- In this shape since an exists reads all seats per room when most of them are in one room.
      and 1 = (select 1 from seats s where s.room_id = t.room_id
                  and s.seen_at > clock_timestamp() - make_interval(secs => $1)
                order by s.name_key limit 1)
    order by t.serve_until
    limit 16`,
);

const COUNT_LIVE = statement(
  'tokens.count-live',
  'select count(*)::int as count from room_tokens where serve_until > clock_timestamp()',
);

/** The rows of `room_tokens`. */
@Injectable()
export class RoomTokensRepository extends TokenStore {
  // Together, or the polls for hundreds of cold rooms would fill the queue for a connection, in which
  // the mints that they wait for stand as well.
  private readonly reads = new Batch<StateRow>((roomIds) => this.readAll(roomIds), 2, 50);

  constructor(
    private readonly database: Database,
    private readonly cipher: TokenCipher,
  ) {
    super();
  }

  async read(roomId: string): Promise<RoomState> {
    const row = await this.reads.get(roomId);
    if (!row) return { kind: 'gone' };
    if (!row.live) return { kind: 'cold', leased: row.leased, coolingSeconds: row.coolingSeconds };
    const { generation, fingerprint, serveUntil, expiresAt } = row;
    const text = this.cipher.open(roomId, generation, row.keyId, row.token);
    if (text === undefined || !fingerprint || !serveUntil || !expiresAt)
      return { kind: 'unreadable', generation };
    return { kind: 'live', token: { text, generation, fingerprint, serveUntil, expiresAt } };
  }

  private async readAll(roomIds: string[]): Promise<Map<string, StateRow>> {
    const rows = await this.database.query<StateRow>(READ, [roomIds]);
    return new Map(rows.map((row) => [row.roomId, row]));
  }

  async acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined> {
    const query = rekey ? ACQUIRE_FOR_REKEY : ACQUIRE;
    const values = rekey ? [roomId, rekey.generation] : [roomId];
    const row = await this.database.queryOne<{ fence: string; generation: number }>(query, values);
    return row && { roomId, ...row, ...(rekey && { rekey }) };
  }

  async publish(lease: Lease, token: Publication): Promise<number | undefined> {
    const generation = lease.generation + 1;
    const sealed = this.cipher.seal(lease.roomId, generation, token.text);
    const { roomId, rekey } = lease;
    const values: unknown[] = [
      roomId,
      lease.fence,
      sealed.bytes,
      sealed.keyId,
      this.cipher.fingerprintOf(token.text),
      token.serveSeconds,
      token.lifeSeconds,
    ];
    const publish = rekey ? PUBLISH_REKEY : PUBLISH;
    if (rekey) values.push(...auditValuesOf(entryOf(roomId, generation, rekey)));
    return (await this.database.queryOne<{ generation: number }>(publish, values))?.generation;
  }

  async hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'> {
    const row = await this.database.queryOne<{
      fence: string;
      generation: number;
      fingerprint: string | null;
    }>(STORED, [lease.roomId]);
    if (row?.fence === lease.fence) return 'still leased';
    return (
      row?.generation === lease.generation + 1 &&
      row.fingerprint === this.cipher.fingerprintOf(text)
    );
  }

  async fail({ roomId, fence }: Lease, retryAfterSeconds: number): Promise<void> {
    await this.database.query(FAIL, [roomId, fence, retryAfterSeconds]);
  }

  async release({ roomId, fence }: Lease): Promise<void> {
    await this.database.query(RELEASE, [roomId, fence]);
  }

  async countLive(): Promise<number> {
    return (await this.database.queryOne<{ count: number }>(COUNT_LIVE, []))?.count ?? 0;
  }

  /** Rooms with people inside whose token has come to its end; as many as calls at once. */
  async findDue(presenceSeconds: number): Promise<string[]> {
    const rows = await this.database.query<{ roomId: string }>(DUE, [presenceSeconds]);
    return rows.map(({ roomId }) => roomId);
  }
}

function entryOf(roomId: string, generation: number, { reason, actor, userId }: Rekey): AuditEntry {
  const details = { generation, reason };
  return { action: 'token.rekeyed', actor, roomId, details, ...(userId && { userId }) };
}
