import pg from 'pg';
import { vi } from 'vitest';
import { PIN_SETTINGS } from '../../src/platform/database/session-settings.js';

export interface Sent {
  readonly name: string | undefined;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * Returns the statements that this process sends during `work`, including those of recurring tasks,
 * without those that begin a connection.
 */
export async function sentDuring(work: () => Promise<unknown>): Promise<Sent[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls
      .filter(([sent]) => sent !== PIN_SETTINGS)
      .map(([sent]) => {
        const { name, text, values } = sent as unknown as Partial<Sent>;
        return { name, text: text ?? sent, values: values ?? [] };
      });
  } finally {
    query.mockRestore();
  }
}
