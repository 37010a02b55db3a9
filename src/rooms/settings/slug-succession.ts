import { rowsOf, statement, type Transaction } from '../../platform/database/database.js';

const COUNT_VERSIONS_ON = statement(
  'rooms.count-versions-on',
  `update rooms r set version = greatest(r.version, k.version + 1)
     from former_slugs k where k.slug = $2 and r.id = $1`,
);

// A live token ends, because its number could be one of a room before, and is sealed into it: those
// inside move to the next one as they do when a token has expired. The mint that may be under way is
// thrown away: what it would store is sealed for a generation that is not the next one any more.
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

// One number is left out, so that the last event of before is not the last one of this room.
const COUNT_EVENTS_ON = statement(
  'rooms.count-events-on',
  `insert into room_feeds as f (room_id, last_id)
   select $1::uuid, k.last_event_id + 1 from former_slugs k where k.slug = $2
   on conflict (room_id) do update set last_id = greatest(f.last_id, excluded.last_id) + 1`,
);

/**
 * Has a room that has taken a slug count on from where the rooms counted to that had it before: who
 * still names it by a version or a generation of theirs, or asks for what came after an event of
 * theirs, means no version, generation or event of this room.
 * To be called last in the transaction, since it locks the room's feed.
 */
export async function countOn(transaction: Transaction, id: string, slug: string): Promise<void> {
  for (const each of [COUNT_VERSIONS_ON, COUNT_GENERATIONS_ON, COUNT_EVENTS_ON])
    await rowsOf(transaction, each, [id, slug]);
}
