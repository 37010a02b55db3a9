import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { type Sent, sentDuring } from '../../support/sent-statements.js';
import { InvitesRepository } from '../../../src/rooms/entry/invites.repository.js';
import { EndedSessionsRepository } from '../../../src/users/sessions/ended-sessions.repository.js';
import { PIN_SETTINGS } from '../../../src/platform/database/session-settings.js';
import { AlarmsService } from '../../../src/platform/audit/alarms.service.js';
import { AuditService } from '../../../src/platform/audit/audit.service.js';
import { RoomEvents } from '../../../src/platform/room-events/room-events.service.js';
import { GuestsRepository } from '../../../src/rooms/guests/guests.repository.js';
import { GenerationsRepository } from '../../../src/rooms/history/generations.repository.js';
import { HoldersRepository } from '../../../src/rooms/history/holders.repository.js';
import { IdempotencyRepository } from '../../../src/platform/idempotency/idempotency.repository.js';
import { BansRepository } from '../../../src/rooms/moderation/bans.repository.js';
import { OldReportsRepository } from '../../../src/rooms/sdk-reports/old-reports.repository.js';
import { GuessesRepository } from '../../../src/platform/limits/guesses.repository.js';
import { QuotasRepository } from '../../../src/platform/limits/quotas.repository.js';
import { useApp } from '../../support/app.js';

const TTL = 90 * 86_400;
const server = useApp();
const get = <Service>(type: new (...parts: never[]) => Service) =>
  server.app.get<Service>(type, { strict: false });

const purges: [name: string, purge: () => Promise<unknown>][] = [
  ['alarms.purge', () => get(AlarmsService).purge(TTL)],
  ['audit.forget-addresses-of', () => get(AuditService).forgetAddressesOf([])],
  ['audit.forget-old-addresses', () => get(AuditService).forgetOldAddresses(TTL)],
  ['audit.purge', () => get(AuditService).purge(TTL)],
  ['bans.remove-ended', () => get(BansRepository).removeEnded()],
  ['events.purge', () => get(RoomEvents).purge()],
  ['generations.purge', () => get(GenerationsRepository).purge(TTL)],
  ['guests.purge', () => get(GuestsRepository).purge(TTL)],
  ['guesses.sweep', () => get(GuessesRepository).sweep()],
  ['holders.purge', () => get(HoldersRepository).purge(TTL)],
  ['idempotency.sweep', () => get(IdempotencyRepository).sweep()],
  ['invites.purge', () => get(InvitesRepository).purge(TTL)],
  ['old-reports.dead_sessions.purge', () => get(OldReportsRepository).purge(TTL)],
  ['old-reports.dead_session_reporters.purge', () => get(OldReportsRepository).purge(TTL)],
  ['quotas.sweep', () => get(QuotasRepository).sweep()],
  ['sessions.by-revoked_at.purge', () => get(EndedSessionsRepository).purge(TTL)],
  ['sessions.by-expires_at.purge', () => get(EndedSessionsRepository).purge(TTL)],
];

async function statementOf(name: string, work: () => Promise<unknown>): Promise<Sent> {
  const sent = await sentDuring(work);
  return sent.find((each) => each.name === name) ?? expect.unreachable();
}

async function planOf({ text, values }: Sent): Promise<string[]> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  try {
    await client.query(PIN_SETTINGS);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
    return rows.map((row) => row['QUERY PLAN'].trim());
  } finally {
    await client.end();
  }
}

describe('the plans of purges', () => {
  it.each(purges)(
    'a purge reads by an index only the rows that it deletes: %s',
    async (name, purge) => {
      const plan = await planOf(await statementOf(name, purge));
      // An index condition stops at the first row to keep; a filter would read all rows.
      expect(plan.some((line) => line.startsWith('Index Cond:'))).toBe(true);
      expect(plan.some((line) => line.includes('Tid Scan') || line.includes('_pkey'))).toBe(true);
      expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([]);
    },
  );
});
