import { Injectable, Logger } from '@nestjs/common';
import type { Transaction } from '../database/database.js';
import { AuditService } from './audit.service.js';

/** What an administrator should look at: by kind, as metrics count it. */
export type AlarmKind = 'session_dead';

export interface Alarm {
  readonly kind: AlarmKind;
  readonly roomId: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const TEXTS: Readonly<Record<AlarmKind, string>> = {
  session_dead: 'several participants report that the session of the room is dead',
};

/** Alarms: an audit entry, a line in the log and a count, all three. */
@Injectable()
export class AlarmsService {
  private readonly logger = new Logger('Alarm');
  private readonly listeners: ((kind: AlarmKind) => void)[] = [];

  constructor(private readonly audit: AuditService) {}

  /** Writes the entry in the transaction of what raised the alarm; tell of it once that has committed. */
  async record(transaction: Transaction, { kind, roomId, details = {} }: Alarm): Promise<void> {
    await this.audit.record(transaction, { action: `alarm.${kind}`, roomId, details });
  }

  tell({ kind, roomId, details = {} }: Alarm): void {
    this.logger.error({ alarm: kind, roomId, ...details }, TEXTS[kind]);
    for (const listener of this.listeners) listener(kind);
  }

  /** Tells of every alarm that this replica raised. */
  onAlarm(listener: (kind: AlarmKind) => void): void {
    this.listeners.push(listener);
  }
}

/** Every kind of alarm, for counts that begin at zero. */
export const ALARM_KINDS = Object.keys(TEXTS) as AlarmKind[];
