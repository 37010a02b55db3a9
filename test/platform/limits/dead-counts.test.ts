import { describe, expect, it } from 'vitest';
import { GuessesRepository } from '../../../src/platform/limits/guesses.repository.js';
import { QuotasRepository } from '../../../src/platform/limits/quotas.repository.js';
import { useApp } from '../../support/app.js';
import { during } from '../../support/traffic.js';

const server = useApp();
async function sweep(): Promise<void> {
  await server.app.get(GuessesRepository, { strict: false }).sweep();
  await server.app.get(QuotasRepository, { strict: false }).sweep();
}

const left = async () => {
  const rows = await server.database.query<{ key: string }>(
    'select key from throttles union all select key from rate_limits order by key',
  );
  return rows.map(({ key }) => key);
};

describe('expired counts', () => {
  it('thousands of expired counts are deleted, and no other counts', async () => {
    await server.database.query(`delete from rate_limits`);
    await server.database.query(
      `insert into throttles (key, attempts, touched_at)
       select 'dead ' || n, 3, clock_timestamp() - interval '25 hours'
         from generate_series(1, 2500) n
       union all select 'guessed at today', 3, clock_timestamp() - interval '23 hours'`,
    );
    await server.database.query(
      `insert into rate_limits (key, spent_until)
       select 'dead ' || n, clock_timestamp() - interval '1 second' from generate_series(1, 2500) n
       union all select 'spent for a while', clock_timestamp() + interval '1 minute'`,
    );
    await sweep();
    expect(await left()).toEqual(['guessed at today', 'spent for a while']);
  });

  it('expired counts that another transaction has locked are skipped', async () => {
    await server.database.query(
      `insert into throttles (key, attempts, touched_at)
       select 'dead ' || n, 3, clock_timestamp() - interval '2 days' from generate_series(1, 2) n`,
    );
    const lock = `select from throttles where key = 'dead 1' for update`;
    await during(server.database, lock, sweep);
    expect(await left()).toContain('dead 1');
    expect(await left()).not.toContain('dead 2');
    await sweep();
    expect(await left()).not.toContain('dead 1');
  });
});
