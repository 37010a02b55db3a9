import { describe, expect, it } from 'vitest';
import { AuditService } from '../../../src/platform/audit/audit.service.js';
import { useApp } from '../../support/app.js';

const DAY = 86_400;
const server = useApp();
describe('addresses in the audit trail', () => {
  it('old addresses are deleted, and their entries stay', async () => {
    const insert = `insert into audit_entries (id, at, action, details, address)
      select gen_random_uuid(), clock_timestamp() - make_interval(days => n), 'session.opened', '{}',
             '203.0.113.' || n from unnest($1::int[]) n`;
    await server.database.query(insert, [[89, 91, 200]]);
    await server.app.get(AuditService, { strict: false }).forgetOldAddresses(90 * DAY);
    const rows = await server.database.query<{ address: string | null; days: number }>(
      `select address, extract(day from clock_timestamp() - at)::int as days from audit_entries
        where at < clock_timestamp() - interval '80 days' order by at`,
    );
    expect(rows).toEqual([
      { address: null, days: 200 },
      { address: null, days: 91 },
      { address: '203.0.113.89', days: 89 },
    ]);
  });
});
