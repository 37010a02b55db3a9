import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../database/ids.js';
import type { Progress } from '../tasks/progress.js';
import type { Origin } from '../http/request.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import type { AuditAction } from './audit.schema.js';

/** A signed-in person who does something, with the origin as far as it is known. */
export interface Actor {
  readonly userId: string;
  readonly origin: Partial<Origin>;
}

export interface AuditEntry {
  readonly action: AuditAction;
  /** The person who did it; undefined for the server itself. */
  readonly actor?: Actor;
  readonly userId?: string;
  readonly roomId?: string;
  /** The changes, by the names of the fields; never a secret, never personal data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const INTO_ENTRIES =
  'insert into audit_entries (id, action, actor_id, user_id, room_id, details, address, request_id)';

const TYPES = ['uuid', 'text', 'uuid', 'uuid', 'uuid', 'jsonb', 'text', 'text'] as const;

/**
 * Writes an entry, unless the newest entry of the same person, subject and room is the same and
 * less than a second old: repeated requests must not fill the disk. If another entry was written in
 * between, the entry is written again, so that the trail keeps the order of actions.
 * @param first number of the first parameter; the parameters are `auditValuesOf(entry)`
 * @param source SQL whose row the entry depends on; without a row, no entry is written
 */
function insertingOf(first: number, source = ''): string {
  const values = TYPES.map((type, index) => `$${first + index}::${type}`);
  const [, action, actor, user, room, details] = values;
  return `${INTO_ENTRIES} select ${values.join(', ')} ${source}
     where ${actor} is null or not exists (
       select from (
         select action, details from audit_entries
          where actor_id = ${actor} and at > (select clock_timestamp() - interval '1 second')
            and user_id is not distinct from ${user} and room_id is not distinct from ${room}
          order by at desc, id desc limit 1) newest
        where newest.action = ${action} and newest.details = ${details})`;
}

const INSERT = statement('audit.insert', insertingOf(1));

/**
 * SQL for a `with` clause: writes an entry if an earlier query of the clause found a row.
 * @param first number of the first parameter; the parameters are `auditValuesOf(entry)`
 */
export function auditingOf(source: string, first: number): string {
  return `audited as (${insertingOf(first, `from ${source}`)})`;
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

/** The audit trail: who did what to whom, when, and from where. */
@Injectable()
export class AuditService {
  constructor(private readonly database: Database) {}

  /**
   * Writes the entry in the transaction of the change, so that the change and its entry are
   * committed together; repetitions are limited to one per second. Must be called after the rows of
   * the change are locked, so that concurrent callers see each other's entries.
   */
  async record(transaction: Transaction, entry: AuditEntry): Promise<void> {
    await rowsOf(transaction, INSERT, auditValuesOf(entry));
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

/** Returns the values of an entry, in the order of its columns. */
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
