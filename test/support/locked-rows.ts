import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from './database.js';

/**
 * Locks the rows that a query finds until the caller releases them or the test ends.
 * @returns a function that releases the rows
 */
export async function lockRows(
  { url }: TestDatabase,
  query: string,
  values: unknown[],
): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  const letGo = () => holder.end();
  onTestFinished(letGo);
  await holder.query('begin');
  await holder.query(`${query} for update`, values);
  return letGo;
}
