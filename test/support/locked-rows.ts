import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from './database.js';

/**
 * Keeps the rows that a query finds locked until it is told to let go, or the test ends.
 * @returns how to let go
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
