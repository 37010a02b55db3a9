import { z } from 'zod';
import { openText } from '../http/schema.js';

export interface EventKind {
  readonly payload: z.ZodObject;
  /** The rights to listen that the event may end; rights without an event end within a second. */
  readonly endsRights: 'of its user' | 'of all' | false;
  /** For clients: when the event is sent, and what to do. */
  readonly advice: string;
}

const moved =
  '`first` (the first token of the room), `expired` (the previous token expired or was about to), or `rekey` (a re-key).';
const closed = '`closed` by a host, `ended` at `closesAt`, or `deleted`.';

/** Every event that is kept in `room_events`. The feed sends events as they were recorded. */
export const KEPT_EVENTS = {
  'token.moved': {
    payload: z.object({
      generation: z.int(),
      reason: openText<string>(['first', 'expired', 'rekey'], moved),
    }),
    endsRights: false,
    advice: 'The room has a new token. Join again if `generation` is greater than yours.',
  },
  'room.updated': {
    payload: z.object({}),
    // The room may admit only members from now on.
    endsRights: 'of all',
    advice: 'The settings have changed. Read the room again if you show them.',
  },
  'room.closed': {
    payload: z.object({ reason: openText(['closed', 'ended', 'deleted'], closed) }),
    endsRights: 'of all',
    advice: 'The room is closed. `removed` follows for everyone who may not stay.',
  },
  removed: {
    payload: z.object({
      reason: openText([
        'kicked',
        'banned',
        'replaced',
        'membership_ended',
        'session_ended',
        'account_disabled',
        'account_deleted',
        'room_closed',
        'room_deleted',
        'seat_ended',
      ]),
    }),
    endsRights: 'of its user',
    advice:
      'You have lost your seat, and the feed ends. After a reconnect you may receive an old `removed`: it concerns you only if the server then refuses the feed.',
  },
} as const satisfies Readonly<Record<string, EventKind>>;

type Kept = typeof KEPT_EVENTS;
export type KeptType = keyof Kept;

export type RemovalReason = z.infer<Kept['removed']['payload']>['reason'];

/** The user, or a single sign-in of theirs, that an event concerns. Only they receive it. */
interface Addressee {
  readonly userId: string;
  readonly sessionId?: string;
}

export type RoomEvent = {
  [Type in KeptType]: {
    readonly type: Type;
    readonly data: Readonly<z.infer<Kept[Type]['payload']>>;
  } & (Kept[Type]['endsRights'] extends 'of its user' ? Addressee : unknown);
}[KeptType];

/** Returns the rights that an event ends; unknown types of a newer release end none. */
export function rightsEndedBy(type: string): EventKind['endsRights'] {
  const kinds: Readonly<Record<string, EventKind>> = KEPT_EVENTS;
  return kinds[type]?.endsRights ?? false;
}
