import { z } from 'zod';
import { openEnum, Timestamp, wholeNumberIn } from '../../platform/http/schema.js';
import { type EventKind, KEPT_EVENTS } from '../../platform/room-events/room-events.schema.js';
import { PHASES } from '../settings/room.phase.js';

/** Maximum wait of a long poll, in seconds. */
export const LONGEST_WAIT = 25;

export const FollowRoom = z.strictObject({
  after: z.string().max(64).optional().meta({
    description:
      'The id of the last event that you have. Left out: a long poll answers at once with `state` and no events; a stream starts with events from now on.',
  }),
  wait: wholeNumberIn(0, LONGEST_WAIT).default(LONGEST_WAIT).meta({
    description:
      'Seconds that a long poll waits for an event, if `after` is set. Existing events are returned at once.',
  }),
});
export type FollowRoom = z.infer<typeof FollowRoom>;

/** The state of the room when a feed begins. */
export const RoomState = z
  .object({
    generation: z.int(),
    refreshAfter: Timestamp,
    phase: openEnum(PHASES),
    participantCount: z.int(),
    serverTime: Timestamp,
  })
  .meta({ id: 'RoomState' });
export type RoomState = z.input<typeof RoomState>;

/** Events that are sent immediately and not kept; they end no right. */
const LIVE_EVENTS = {
  state: {
    payload: RoomState,
    endsRights: false,
    advice:
      'Every stream begins with this event, after `reset` if there is one; a long poll has its data in the field `state`. Join again if its `generation` differs from yours.',
  },
  participants: {
    payload: z.object({
      count: z.int(),
      names: z.array(z.string()).optional().describe('The first 200 names, for hosts only.'),
    }),
    endsRights: false,
    advice:
      'The number of participants has changed. Hosts get this event also when only the people or their names have changed, and at the start of each stream. Sent at most once a second, and only in streams.',
  },
  reset: {
    payload: z.object({}),
    endsRights: false,
    advice:
      'The event id that you sent is unknown or older than 7 days, so you have missed events. `state` has the current values.',
  },
} as const satisfies Readonly<Record<string, EventKind>>;

export const EVENTS = { ...KEPT_EVENTS, ...LIVE_EVENTS };
export type EventType = keyof typeof EVENTS;
export type DataOf<Type extends EventType> = z.output<(typeof EVENTS)[Type]['payload']>;

const id = z.string().nullable().meta({
  example: '42',
  description: 'The id of the event; in a long poll null if the event is not stored.',
});

function itemOf([type, { payload, advice }]: [string, EventKind]) {
  const name = type.replaceAll(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return z
    .object({ id, type: z.literal(type), at: Timestamp, data: payload.loose() })
    .meta({ id: `${name}Event`, description: advice });
}

/** Rows of a newer release may have types that are unknown here. */
const UnknownItem = z.object({
  id,
  type: z.string(),
  at: Timestamp,
  data: z.record(z.string(), z.unknown()),
});

const [first, ...others] = Object.entries<EventKind>(EVENTS).map(itemOf);
const Item = z
  .union([
    z.discriminatedUnion('type', [first as NonNullable<typeof first>, ...others]),
    UnknownItem,
  ])
  .meta({
    id: 'RoomEvent',
    description:
      'An event of the feed. In a long poll it is an item; `state` and `participants` are sent in streams only. In a stream, `type` is sent as `event`, and `at` is left out. Clients ignore unknown types, because a later release may add types.',
  });

export const RoomEvents = z
  .object({ items: z.array(Item), lastEventId: z.string(), state: RoomState })
  .meta({ id: 'RoomEvents' });
export type RoomEvents = z.input<typeof RoomEvents>;
