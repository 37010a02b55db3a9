import pg from 'pg';
import { expect } from 'vitest';
import type { TestDatabase } from './database.js';

/** Stalls the first transaction that creates a room, inside Postgres; all others pass. */
export interface Stall {
  /** Resolves when the transaction has reached the stall. */
  reached(): Promise<void>;
  /** Lets the transaction continue. */
  release(): Promise<void>;
  end(): Promise<void>;
}

const TRIGGERS = {
  'before the room': 'create trigger stall before insert on rooms',
  // Deferred triggers run in the commit itself, when all statements are done.
  'at its commit':
    'create constraint trigger stall after insert on rooms deferrable initially deferred',
};

export async function stallFirstRoom(
  database: TestDatabase,
  where: keyof typeof TRIGGERS,
): Promise<Stall> {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query(`
    select pg_advisory_lock(1);
    create sequence stalls;
    create function stall() returns trigger language plpgsql set lock_timeout = '0' as $$
      begin
        if nextval('stalls') = 1 then perform pg_advisory_xact_lock(1); end if;
        return new;
      end $$;
    ${TRIGGERS[where]} for each row execute function stall()`);
  return {
    reached: async () => {
      await expect.poll(() => waiting(database, 'advisory'), { timeout: 10_000 }).toBe(1);
    },
    release: async () => {
      await holder.query('select pg_advisory_unlock(1)');
    },
    end: async () => {
      await holder.query(
        'select pg_advisory_unlock_all(); drop function stall cascade; drop sequence stalls',
      );
      await holder.end();
    },
  };
}

/** Returns how many connections wait for a lock of this kind in this database. */
export async function waiting(database: TestDatabase, event: string): Promise<number> {
  const rows = await database.query(
    `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and wait_event = $1`,
    [event],
  );
  return rows.length;
}
