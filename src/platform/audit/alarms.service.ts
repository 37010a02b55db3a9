import { Injectable, Logger } from '@nestjs/common';
import { counter } from '../metrics/instruments.js';
import { Instrument } from '../metrics/metric.decorator.js';
import type { Progress } from '../tasks/progress.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import { AuditService } from './audit.service.js';

const TEXTS = {
  session_dead: 'several participants report that the session of the room is dead',
  mint_failed: 'CAS returns no token for a room that opens soon',
  token_ends_early: 'the token of a room that opens soon ends before the room closes',
  codes_guessed: 'too many wrong access codes were entered for a room within an hour',
  api_key_expiring: 'an API key expires within 14 days',
} as const;

/** The kinds of events that an administrator should look at, as metrics count them. */
export type AlarmKind = keyof typeof TEXTS;

const ALARM_KINDS = Object.keys(TEXTS) as AlarmKind[];

export interface Alarm {
  readonly kind: AlarmKind;
  /** The room or the user that it concerns, if there is one. */
  readonly roomId?: string;
  readonly userId?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const RAISE_ONCE = statement(
  'alarms.raise-once',
  `insert into raised_alarms (room_id, kind, subject) values ($1, $2, $3)
   on conflict do nothing returning 1`,
);

/** An alarm is raised once within this time, even if personal data is kept for less. */
const LEAST_KEPT_SECONDS = 30 * 24 * 3600;

const PURGE = statement(
  'alarms.purge',
  `delete from raised_alarms where ctid = any (array(
     select ctid from raised_alarms
      where raised_at < (select clock_timestamp() - make_interval(secs => $1))
      order by raised_at limit $2 for update skip locked))
   returning 1`,
);

const PURGED_AT_ONCE = 1_000;

/** Raises alarms: an audit entry, a line in the log and a count for each. */
@Injectable()
export class AlarmsService {
  private readonly logger = new Logger('Alarm');
  @Instrument()
  private readonly raised = counter(
    'alarms_total',
    'Alarms raised by this replica, by kind; the audit trail contains each alarm.',
    ['kind'],
    ALARM_KINDS.map((kind) => ({ kind })),
  );

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
  ) {}

  /** Raises the alarm unless a replica has; `isDue` is called in the transaction of the entry. */
  async raiseOnce(
    alarm: Alarm & { readonly subject: string },
    isDue: (transaction: Transaction) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<void> {
    const { kind, subject, details = {} } = alarm;
    const whom = concernedBy(alarm);
    const isRaised = await this.database.transaction(async (transaction) => {
      if (!(await isDue(transaction))) return false;
      const raised = await rowsOf(transaction, RAISE_ONCE, [alarm.roomId ?? null, kind, subject]);
      if (raised.length === 0) return false;
      await this.audit.record(transaction, { action: `alarm.${kind}`, ...whom, details });
      return true;
    });
    if (!isRaised) return;
    this.logger.error({ alarm: kind, ...whom, ...details }, TEXTS[kind]);
    this.raised.inc({ kind });
  }

  /** Forgets alarms that were raised more than so many seconds ago; their audit entries remain. */
  purge(afterSeconds: number): Promise<Progress> {
    const kept = Math.max(afterSeconds, LEAST_KEPT_SECONDS);
    return this.database.purgeInBatches(PURGE, [kept], PURGED_AT_ONCE);
  }
}

function concernedBy({ roomId, userId }: Alarm): Pick<Alarm, 'roomId' | 'userId'> {
  return { ...(roomId !== undefined && { roomId }), ...(userId !== undefined && { userId }) };
}
