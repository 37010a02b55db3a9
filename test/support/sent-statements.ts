import pg from 'pg';
import { vi } from 'vitest';

export interface Sent {
  readonly name: string | undefined;
  readonly text: string;
  readonly values: unknown[];
}

/** Returns the statements that this process sends during `work`, including those of recurring tasks. */
export async function sentDuring(work: () => Promise<unknown>): Promise<Sent[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.map(([sent]) => {
      const { name, text, values } = sent as unknown as Partial<Sent>;
      return { name, text: text ?? sent, values: values ?? [] };
    });
  } finally {
    query.mockRestore();
  }
}
