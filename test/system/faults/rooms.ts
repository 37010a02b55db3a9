import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../../support/database.js';

const COLD_ROOMS = `
  with room as (
    insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
    select id, 'Final', 'users', 'open', 0, 0 from unnest($1::uuid[]) id
    returning id
  )
  insert into room_tokens (room_id) select id from room`;

/** Creates many rooms at once in which nobody has ever been. */
export async function makeColdRooms(database: TestDatabase, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await database.query(COLD_ROOMS, [ids]);
  return ids;
}
