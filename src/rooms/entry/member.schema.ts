import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, Name, openEnum } from '../../platform/http/schema.js';
import { TheirId, TheirIssuer } from '../../users/accounts/user.schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { RoomPath } from '../settings/room.schema.js';

export const MemberRole = z.enum(ROOM_ROLES);

export const MemberPath = RoomPath.extend({ userId: Id.describe('The id of the user.') });
export type MemberPath = z.infer<typeof MemberPath>;

export const SetMember = z
  .strictObject({
    role: MemberRole.describe(
      'A `host` runs the room. `participant` and `viewer` have the same rights: Latchkey reports the role to the app, and the vendor does not enforce it.',
    ),
  })
  .meta({ id: 'SetMember' });
export type SetMember = z.infer<typeof SetMember>;

const OF_IDENTITY = ['issuer', 'displayName'] as const;

const MemberOfList = z
  .strictObject({
    userId: Id.optional().describe('The id of the user; required, unless `externalId` is given.'),
    externalId: TheirId.optional(),
    issuer: TheirIssuer.optional().describe(
      'The system that manages the identity: an issuer of `GET /v1/issuers`, or a name such as `external:default`, which is the default. An API key may name issuers and its own namespace, which is its default.',
    ),
    displayName: Name.optional().describe(
      'The name of a user who is created; the name of an existing user does not change.',
    ),
    role: MemberRole,
  })
  .superRefine((item, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (item.externalId !== undefined) {
      if (item.userId !== undefined) refuse('externalId', 'must not be sent together with userId');
      return;
    }
    if (item.userId === undefined) refuse('userId', 'is required, unless externalId is sent');
    for (const field of OF_IDENTITY)
      if (item[field] !== undefined) refuse(field, 'requires externalId');
  })
  .meta({ id: 'MemberOfList' });
export type MemberOfList = z.infer<typeof MemberOfList>;

export const SetMembers = z
  .strictObject({ items: z.array(MemberOfList).min(1).max(200) })
  .meta({ id: 'SetMembers' });
export type SetMembers = z.infer<typeof SetMembers>;

export const MembersSet = z
  .object({
    added: z.int().describe('The number of new members.'),
    changed: z.int().describe('The number of members whose role has changed.'),
  })
  .meta({ id: 'MembersSet' });
export type MembersSet = z.input<typeof MembersSet>;

export const ListMembers = z.strictObject(pageQuery);
export type ListMembers = z.infer<typeof ListMembers>;

export const MemberView = z
  .object({ userId: z.uuid(), displayName: z.string(), role: openEnum(ROOM_ROLES) })
  .meta({ id: 'Member' });
export type MemberView = z.input<typeof MemberView>;

export const MemberList = pageOf(MemberView).meta({ id: 'MemberList' });
