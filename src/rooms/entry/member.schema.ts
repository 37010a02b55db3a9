import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, openEnum } from '../../platform/http/schema.js';
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

export const ListMembers = z.strictObject(pageQuery);
export type ListMembers = z.infer<typeof ListMembers>;

export const MemberView = z
  .object({ userId: z.uuid(), displayName: z.string(), role: openEnum(ROOM_ROLES) })
  .meta({ id: 'Member' });
export type MemberView = z.input<typeof MemberView>;

export const MemberList = pageOf(MemberView).meta({ id: 'MemberList' });
