import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../database/ids.js';
import type { Progress } from '../tasks/progress.js';
import type { Origin } from '../http/request.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import type { AuditAction } from './audit.schema.js';

export interface Actor {
  readonly userId: string;
  readonly origin: Partial<Origin>;
}

export interface AuditEntry {
  readonly action: AuditAction;
  readonly actor?: Actor;
  readonly userId?: string;
  readonly roomId?: string;
  /** The changes, by the names of the fields; never a secret, never personal data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An entry about a user. */
export type EntryOfUser = AuditEntry & { readonly userId: string };

/** The columns of an entry that the server sets, with their types. */
const COLUMNS = {
  id: 'uuid',
  action: 'text',
  actor_id: 'uuid',
  user_id: 'uuid',
  room_id: 'uuid',
  details: 'jsonb',
  address: 'text',
  request_id: 'text',
} as const;
const NAMES = Object.keys(COLUMNS);
const TYPES = Object.values(COLUMNS);

const OF_ACTOR = (actor: string, user: string) =>
  `actor_id = ${actor} and user_id is not distinct from ${user}`;
// By the index of users: the actor of many entries may have written thousands within the second.
const OF_USER = (actor: string, user: string) =>
  `user_id = ${user} and actor_id is not distinct from ${actor}`;

/**
 * Skips an entry that repeats the newest of its person, subject and room within a second, so that
 * requests cannot fill the disk. If `source`, SQL, is given, its rows must exist.
 * @param values SQL of the columns
 */
function insertingOf(values: readonly string[], source = '', whose = OF_ACTOR): string {
  const [, action, actor = '', user = '', room, details] = values;
  return `${insertingEach(values, source)}
     where ${actor} is null or not exists (
       select from (
         select action, details from audit_entries
          where ${whose(actor, user)} and at > (select clock_timestamp() - interval '1 second')
            and room_id is not distinct from ${room}
          order by at desc, id desc limit 1) newest
        where newest.action = ${action} and newest.details = ${details})`;
}

function insertingEach(values: readonly string[], source: string): string {
  return `insert into audit_entries (${NAMES.join(', ')}) select ${values.join(', ')} ${source}`;
}

const parametersFrom = (first: number, dimension: '' | '[]' = '') =>
  TYPES.map((type, index) => `$${first + index}::${type}${dimension}`);

const INSERT = statement('audit.insert', insertingOf(parametersFrom(1)));

const INSERT_ALL = statement(
  'audit.insert-all',
  insertingOf(
    NAMES.map((name) => `e.${name}`),
    `from unnest(${parametersFrom(1, '[]').join(', ')}) e (${NAMES.join(', ')})`,
    OF_USER,
  ),
);

/** SQL for a `with` clause: audits if `source` found a row; `auditValuesOf` begin at `$first`. */
export function auditingOf(source: string, first: number, name = 'audited'): string {
  return `${name} as (${insertingOf(parametersFrom(first), `from ${source}`)})`;
}

/** As `auditingOf`, for rows that are new, so that their entries repeat nothing. */
export function auditingNewOf(source: string, first: number, name: string): string {
  return `${name} as (${insertingEach(parametersFrom(first), `from ${source}`)})`;
}

const FORGET_ADDRESSES_OF = statement(
  'audit.forget-addresses-of',
  `update audit_entries set address = null where ctid = any (array(
     select ctid from audit_entries where actor_id = any ($1::uuid[]) and address is not null
      limit $2 for update skip locked))
   returning 1`,
);

const FORGET_OLD_ADDRESSES = statement(
  'audit.forget-old-addresses',
  `update audit_entries set address = null where ctid = any (array(
     select ctid from audit_entries
      where address is not null and at < (select clock_timestamp() - make_interval(secs => $1))
      order by at limit $2 for update skip locked))
   returning 1`,
);

// The trigger of the table refuses to remove entries younger than 30 days, whatever this asks.
const PURGE = statement(
  'audit.purge',
  `delete from audit_entries where ctid = any (array(
     select ctid from audit_entries
      where at < (select clock_timestamp() - make_interval(secs => $1))
      order by at limit $2 for update skip locked))
   returning 1`,
);

const AT_ONCE = 1_000;

@Injectable()
export class AuditService {
  constructor(private readonly database: Database) {}

  /** Must be called after the change's rows are locked, to see entries of concurrent callers. */
  async record(transaction: Transaction, entry: AuditEntry): Promise<void> {
    await rowsOf(transaction, INSERT, auditValuesOf(entry));
  }

  /**
   * Writes entries about different users, or of different actions, in one statement; like `record`.
   */
  async recordAll(transaction: Transaction, entries: readonly EntryOfUser[]): Promise<void> {
    if (entries.length === 0) return;
    const rows = entries.map(auditValuesOf);
    const columns = TYPES.map((_, index) => rows.map((row) => row[index]));
    await rowsOf(transaction, INSERT_ALL, columns);
  }

  /** Writes an entry without a change, for example about a damaged row. */
  async recordAlone(entry: AuditEntry): Promise<void> {
    await this.database.query(INSERT, auditValuesOf(entry));
  }

  /** Removes the addresses of deleted people; the rest of their entries remains. */
  forgetAddressesOf(userIds: readonly string[]): Promise<Progress> {
    return this.database.purgeInBatches(FORGET_ADDRESSES_OF, [userIds], AT_ONCE);
  }

  forgetOldAddresses(afterSeconds: number): Promise<Progress> {
    return this.database.purgeInBatches(FORGET_OLD_ADDRESSES, [afterSeconds], AT_ONCE);
  }

  purge(afterSeconds: number): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [afterSeconds], AT_ONCE);
  }
}

export function auditValuesOf({
  action,
  actor,
  userId,
  roomId,
  details = {},
}: AuditEntry): unknown[] {
  const { address, requestId } = actor?.origin ?? {};
  return [
    uuidv7(),
    action,
    actor?.userId ?? null,
    userId ?? null,
    roomId ?? null,
    JSON.stringify(details),
    address ?? null,
    requestId ?? null,
  ];
}
