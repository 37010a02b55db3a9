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

const Metadata = z.record(z.string(), z.unknown());

/** Whether a room's metadata exceeds its maximum size as JSON. */
export function isTooHeavy(metadata: object): boolean {
  return Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES;
}

const description = text(2_000);
const seconds = wholeNumber(0, 604_800);
/** Maximum time before the opening; tokens do not live longer. */
export const MAX_PREMINT_SECONDS = 3_600;
const premintSeconds = wholeNumber(0, MAX_PREMINT_SECONDS);
const capacity = wholeNumber(1, 1_000_000);
const accessCode = pastedText(128).min(4);

export const RoomPath = z.object({
  room: z
    .string()
    .max(60)
    .transform((text) => text.toLowerCase())
    .refine(
      (text) => UUID.test(text) || /^[a-z0-9-]{3,60}$/.test(text),
      'must be the id of a room or its slug, such as cup-final',
    ),
});
export type RoomPath = z.infer<typeof RoomPath>;

export function isRoomId(room: string): boolean {
  return UUID.test(room);
}

export const CreateRoom = z
  .strictObject({
    name: Name,
    slug: Slug.nullish(),
    description: description.nullish(),
    access: Access.default('members'),
    opensAt: TimestampIn.nullish(),
    closesAt: TimestampIn.nullish(),
    earlyEntrySeconds: seconds.default(900),
    premintSeconds: premintSeconds.default(60),
    capacity: capacity.nullish(),
    accessCode: accessCode.nullish(),
    metadata: Metadata.default({}),
  })
  .meta({ id: 'CreateRoom' });
export type CreateRoom = z.infer<typeof CreateRoom>;

/** A JSON merge patch (RFC 7396): null removes optional fields. */
export const ChangeRoom = z
  .strictObject({
    name: Name.optional(),
    slug: Slug.nullish(),
    description: description.nullish(),
    access: Access.optional(),
    status: Status.optional(),
    opensAt: TimestampIn.nullish(),
    closesAt: TimestampIn.nullish(),
    earlyEntrySeconds: seconds.optional(),
    premintSeconds: premintSeconds.optional(),
    capacity: capacity.nullish(),
    accessCode: accessCode.nullish(),
    metadata: Metadata.nullish(),
  })
  .meta({ id: 'ChangeRoom' });
export type ChangeRoom = z.infer<typeof ChangeRoom>;

export const ListRooms = z.strictObject({
  ...pageQuery,
  search: Search.optional(),
  phase: Phase.optional(),
});
export type ListRooms = z.infer<typeof ListRooms>;

export const RoomView = z
  .object({
    id: z.uuid(),
    slug: z.string().nullable(),
    name: z.string(),
    description: z.string().nullable(),
    access: openEnum(ACCESSES),
    status: openEnum(STATUSES),
    phase: openEnum(PHASES),
    opensAt: Timestamp.nullable(),
    closesAt: Timestamp.nullable(),
    earlyEntrySeconds: z.int(),
    premintSeconds: z.int(),
    capacity: z.int().nullable(),
    hasAccessCode: z.boolean(),
    metadata: Metadata,
    token: z.object({ generation: z.int(), expiresAt: TimestampInJson }).nullable(),
    participantCount: z.int(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Room' });
export type RoomView = z.input<typeof RoomView>;

export const RoomList = pageOf(RoomView).meta({ id: 'RoomList' });
