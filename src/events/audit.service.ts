import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../common/ids.js';
import type { Progress } from '../common/progress.js';
import type { Origin } from '../common/request.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import type { AuditAction } from './audit.schema.js';

/** Who did something: a signed-in person, and from where, as far as that is known. */
export interface Actor {
  readonly userId: string;
  readonly origin: Partial<Origin>;
}

export interface AuditEntry {
  readonly action: AuditAction;
  /** Whoever did it; the server itself where there is none. */
  readonly actor?: Actor;
  readonly userId?: string;
  readonly roomId?: string;
  /** What changed, by the names of the members; never a secret, never personal data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const INTO_ENTRIES =
  'insert into audit_entries (id, action, actor_id, user_id, room_id, details, address, request_id)';

const INSERT = statement('audit.insert', `${INTO_ENTRIES} values ($1, $2, $3, $4, $5, $6, $7, $8)`);

/**
 * SQL for a `with` clause: writes an entry if an earlier query of it found its one row.
 * @param first number of the first of the parameters, which are `auditValuesOf(entry)`
 */
export function auditingOf(source: string, first: number): string {
  const values = Array.from({ length: 8 }, (_, index) => `$${first + index}`);
  return `audited as (${INTO_ENTRIES} select ${values.join(', ')} from ${source})`;
}

const FORGET_ADDRESSES_OF = statement(
  'audit.forget-addresses-of',
  `update audit_entries set address = null where id in (
     select id from audit_entries where actor_id = any ($1::uuid[]) and address is not null
      limit $2 for update skip locked)
   returning 1`,
);

const FORGET_OLD_ADDRESSES = statement(
  'audit.forget-old-addresses',
  `update audit_entries set address = null where id in (
     select id from audit_entries
      where address is not null and at < clock_timestamp() - make_interval(secs => $1)
      order by at limit $2 for update skip locked)
   returning 1`,
);

// The trigger of the table refuses to remove what is younger than 30 days, whatever is asked.
const PURGE = statement(
  'audit.purge',
  `delete from audit_entries where id in (
     select id from audit_entries
      where at < clock_timestamp() - make_interval(secs => $1)
      order by at limit $2 for update skip locked)
   returning 1`,
);

const AT_ONCE = 1_000;

/** The audit trail: who did what to whom, when, from where. */
@Injectable()
export class AuditService {
  constructor(private readonly database: Database) {}

  /** Writes the entry in the transaction of the change, so that neither is there without the other. */
  async record(transaction: Transaction, entry: AuditEntry): Promise<void> {
    await rowsOf(transaction, INSERT, auditValuesOf(entry));
  }

  /** For what is no change of ours, such as a row that was found damaged. */
  async recordAlone(entry: AuditEntry): Promise<void> {
    await this.database.query(INSERT, auditValuesOf(entry));
  }

  /** Of people who are deleted: that they did something stays, from where does not. */
  forgetAddressesOf(userIds: readonly string[]): Promise<Progress> {
    return this.database.purgeInBatches(FORGET_ADDRESSES_OF, [userIds], AT_ONCE);
  }

  /** Forgets addresses that were kept long enough. */
  forgetOldAddresses(afterSeconds: number): Promise<Progress> {
    return this.database.purgeInBatches(FORGET_OLD_ADDRESSES, [afterSeconds], AT_ONCE);
  }

  /** Removes entries that were kept long enough. */
  purge(afterSeconds: number): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [afterSeconds], AT_ONCE);
  }
}

/** The values of an entry, in the order of its columns. */
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
