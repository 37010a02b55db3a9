import type { TestDatabase } from './database.js';

/** Returns an upper bound for how far the database's clock is ahead of this process's, in milliseconds. */
export async function databaseAheadBy(database: TestDatabase): Promise<number> {
  let least = Infinity;
  for (let time = 0; time < 5; time += 1) {
    const asked = performance.now();
    const [row] = await database.query<{ now: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
    );
    least = Math.min(least, (row?.now ?? 0) - asked);
  }
  return least;
}
