import { z } from 'zod';
import { pageOf, pageQuery, Search } from '../../platform/http/paging.js';
import {
  Name,
  openEnum,
  pastedText,
  text,
  Timestamp,
  TimestampIn,
  TimestampInJson,
  wholeNumber,
} from '../../platform/http/schema.js';
import { PHASES } from './room.phase.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const METADATA_BYTES = 4_096;

const ACCESSES = ['members', 'users'] as const;
const STATUSES = ['open', 'locked', 'closed'] as const;
const Access = z.enum(ACCESSES);
const Status = z.enum(STATUSES);
const Phase = z.enum(PHASES);

const Slug = z
  .string()
  .regex(/^[a-z0-9-]{3,60}$/, 'must have 3 to 60 characters of a–z, 0–9 and -, such as cup-final')
  .refine((slug) => !UUID.test(slug), 'must not look like a UUID: choose a name such as cup-final');

const Metadata = z
  .record(z.string(), z.unknown())
  .describe('A JSON object of your own, up to 4 KiB.');

/** Whether a room's metadata exceeds its maximum size as JSON. */
export function isTooHeavy(metadata: object): boolean {
  return Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES;
}

const WHO_ENTERS =
  '`members` admits members and invited people, and `users` admits every user with an account.';
const slug = Slug.nullish().describe('A short name for links, to be used instead of the id.');
const newSlug = Slug.nullish().describe(
  'A short name for links, to be used instead of the id. If another room had the new slug before, this change can move everyone inside to a new token.',
);
const description = text(2_000).nullish();
const opensAt = TimestampIn.nullish().describe('The time at which the room opens; null: at once.');
const closesAt = TimestampIn.nullish().describe('The time at which the room closes; null: never.');
const earlyEntrySeconds = wholeNumber(0, 604_800).describe(
  'Seconds before `opensAt` from which hosts may enter.',
);
/** Ahead of the opening; no token lives so long that more would be of use. */
export const MAX_PREMINT_SECONDS = 3_600;
const premintSeconds = wholeNumber(0, MAX_PREMINT_SECONDS).describe(
  'Seconds before `opensAt` at which the server fetches the token, so that no join waits for it.',
);
const capacity = wholeNumber(1, 1_000_000)
  .nullish()
  .describe(
    'The maximum number of seats; null: any number. Hosts and administrators are never refused for it.',
  );
const accessCode = pastedText(128)
  .min(4)
  .nullish()
  .describe(
    'A code that people send once when they join, and again after it was changed; null: no code. Hosts, administrators and invited people do not need it.',
  );

export const RoomPath = z.object({
  room: z
    .string()
    .max(60)
    .transform((text) => text.toLowerCase())
    .refine(
      (text) => UUID.test(text) || /^[a-z0-9-]{3,60}$/.test(text),
      'must be the id of a room or its slug, such as cup-final',
    )
    .describe('The id of the room, or its slug.'),
});
export type RoomPath = z.infer<typeof RoomPath>;

export function isRoomId(room: string): boolean {
  return UUID.test(room);
}

export const CreateRoom = z
  .strictObject({
    name: Name,
    slug,
    description,
    access: Access.default('members').describe(WHO_ENTERS),
    opensAt,
    closesAt,
    earlyEntrySeconds: earlyEntrySeconds.default(900),
    premintSeconds: premintSeconds.default(60),
    capacity,
    accessCode,
    metadata: Metadata.default({}),
  })
  .meta({ id: 'CreateRoom' });
export type CreateRoom = z.infer<typeof CreateRoom>;

/** A JSON merge patch (RFC 7396): null removes optional fields. */
export const ChangeRoom = z
  .strictObject({
    name: Name.optional(),
    slug: newSlug,
    description,
    access: Access.optional().describe(WHO_ENTERS),
    status: Status.optional().describe(
      '`locked` keeps newcomers out, and `closed` removes everyone but administrators.',
    ),
    opensAt,
    closesAt,
    earlyEntrySeconds: earlyEntrySeconds.optional(),
    premintSeconds: premintSeconds.optional(),
    capacity,
    accessCode,
    metadata: Metadata.nullish(),
  })
  .meta({ id: 'ChangeRoom' });
export type ChangeRoom = z.infer<typeof ChangeRoom>;

export const ListRooms = z.strictObject({
  ...pageQuery,
  search: Search.optional().describe('A part of the name or the slug.'),
  phase: Phase.optional().describe('Only rooms in this phase.'),
});
export type ListRooms = z.infer<typeof ListRooms>;

export const RoomView = z
  .object({
    id: z.uuid(),
    slug: z.string().nullable(),
    name: z.string(),
    description: z.string().nullable(),
    access: openEnum(ACCESSES, WHO_ENTERS),
    status: openEnum(STATUSES, 'The setting of the hosts.'),
    phase: openEnum(PHASES, 'The state of the room now, from `status`, `opensAt` and `closesAt`.'),
    opensAt: Timestamp.nullable(),
    closesAt: Timestamp.nullable(),
    earlyEntrySeconds: z.int(),
    premintSeconds: z.int(),
    capacity: z.int().nullable(),
    hasAccessCode: z.boolean(),
    metadata: Metadata,
    token: z
      .object({ generation: z.int(), expiresAt: TimestampInJson })
      .nullable()
      .describe(
        'The newest token of the room, without its value; null if the room never had a token. It may have expired: compare `expiresAt` with the time.',
      ),
    participantCount: z.int().describe('The number of held seats.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Room' });
export type RoomView = z.input<typeof RoomView>;

export const RoomList = pageOf(RoomView).meta({ id: 'RoomList' });
