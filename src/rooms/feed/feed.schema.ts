import { z } from 'zod';
import { Timestamp, wholeNumberIn } from '../../platform/http/schema.js';

/** Seconds that a long poll waits at most. */
export const LONGEST_WAIT = 25;

export const FollowRoom = z.strictObject({
  after: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'The last event that the caller has; without, it begins with now.' }),
  wait: wholeNumberIn(0, LONGEST_WAIT)
    .default(LONGEST_WAIT)
    .meta({ description: 'Seconds that a long poll waits for an event; only with `after`.' }),
});
export type FollowRoom = z.infer<typeof FollowRoom>;

/** How the room stands when somebody begins to listen. */
export const RoomState = z
  .object({
    generation: z.int(),
    refreshAfter: Timestamp,
    phase: z.enum(['scheduled', 'open', 'locked', 'closed']),
    participantCount: z.int(),
    serverTime: Timestamp,
  })
  .meta({ id: 'RoomState' });
export type RoomState = z.input<typeof RoomState>;

const Item = z
  .object({
    id: z.string().nullable(),
    type: z.enum(['token.moved', 'room.updated', 'room.closed', 'removed', 'reset']),
    at: Timestamp,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RoomEvent' });

export const RoomEvents = z
  .object({ items: z.array(Item), lastEventId: z.string(), state: RoomState })
  .meta({ id: 'RoomEvents' });
export type RoomEvents = z.input<typeof RoomEvents>;
