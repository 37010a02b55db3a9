import { rowsOf, statement, type Transaction } from '../../platform/database/database.js';

const COUNT_VERSIONS_ON = statement(
  'rooms.count-versions-on',
  `update rooms r set version = greatest(r.version, k.version + 1)
     from former_slugs k where k.slug = $2 and r.id = $1`,
);

// A live token ends, because its number could belong to an earlier room, and is part of its
// encryption: people inside move on as after an expiry. A mint in progress is discarded, because it
// would be encrypted for a wrong generation.
const COUNT_GENERATIONS_ON = statement(
  'rooms.count-generations-on',
  `update room_tokens t
      set generation = k.generation, fence = t.fence + 1, lease_until = null, token = null,
          token_key_id = null,
          serve_until = case when t.serve_until is not null
                             then least(t.serve_until, clock_timestamp()) end
     from former_slugs k
    where k.slug = $2 and t.room_id = $1 and t.generation <= k.generation`,
);

// Skips a number, so that the last event of the earlier room is not the last event of this room.
const COUNT_EVENTS_ON = statement(
  'rooms.count-events-on',
  `insert into room_feeds as f (room_id, last_id)
   select $1::uuid, k.last_event_id + 1 from former_slugs k where k.slug = $2
   on conflict (room_id) do update set last_id = greatest(f.last_id, excluded.last_id) + 1`,
);

/**
 * Makes a room that takes a slug continue the counts of earlier rooms with the slug. Clients that
 * still use a version, generation or event of those rooms can then never mean one of this room.
 * Must be the last call in the transaction, because it locks the room's feed.
 */
export async function countOn(transaction: Transaction, id: string, slug: string): Promise<void> {
  for (const each of [COUNT_VERSIONS_ON, COUNT_GENERATIONS_ON, COUNT_EVENTS_ON])
    await rowsOf(transaction, each, [id, slug]);
}
