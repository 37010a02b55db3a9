import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import {
  Code,
  Id,
  openEnum,
  Timestamp,
  TimestampIn,
  trimmedText,
  wholeNumber,
} from '../../platform/http/schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { RoomPath } from '../settings/room.schema.js';
import { MemberRole } from './member.schema.js';

/** Accepts any text, so that a mistyped code and an invented code get the same answer. */
export const InviteCode = Code;

export const InvitePath = RoomPath.extend({ id: Id.describe('The id of the invite.') });
export type InvitePath = z.infer<typeof InvitePath>;

export const CreateInvite = z
  .strictObject({
    role: MemberRole.describe(
      'The role of people who become members by the invite. A person who is already a member keeps their role. Guests cannot be hosts: a `host` invite makes them participants.',
    ),
    expiresAt: TimestampIn.nullish().describe('The end of the invite; null: it does not expire.'),
    maxUses: wholeNumber(1, 1_000_000)
      .nullish()
      .describe('The maximum number of people who may use it; null: any number.'),
    note: trimmedText(200).nullish().describe('A note for the hosts of the room.'),
  })
  .meta({ id: 'CreateInvite' });
export type CreateInvite = z.infer<typeof CreateInvite>;

export const ListInvites = z.strictObject(pageQuery);
export type ListInvites = z.infer<typeof ListInvites>;

const members = {
  id: z.uuid(),
  role: openEnum(ROOM_ROLES),
  expiresAt: Timestamp.nullable(),
  maxUses: z.int().nullable(),
  uses: z.int().describe('The number of people who used it.'),
  note: z.string().nullable(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
  revokedAt: Timestamp.nullable(),
};

export const InviteView = z.object(members).meta({ id: 'Invite' });
export type InviteView = z.input<typeof InviteView>;

export const NewInviteView = z
  .object({
    ...members,
    code: z
      .string()
      .describe(
        'The code to send to the invited people; no other answer shows it. Upper and lower case are different.',
      ),
  })
  .meta({ id: 'NewInvite' });
export type NewInviteView = z.input<typeof NewInviteView>;

export const InviteList = pageOf(InviteView).meta({ id: 'InviteList' });
