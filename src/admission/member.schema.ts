import { z } from 'zod';
import { pageOf, pageQuery } from '../common/paging.js';
import { Id } from '../common/schema.js';
import { RoomPath } from '../rooms/room.schema.js';

export const MemberRole = z.enum(['host', 'participant', 'viewer']);

export const MemberPath = RoomPath.extend({ userId: Id });
export type MemberPath = z.infer<typeof MemberPath>;

export const SetMember = z.strictObject({ role: MemberRole }).meta({ id: 'SetMember' });
export type SetMember = z.infer<typeof SetMember>;

export const ListMembers = z.strictObject(pageQuery);
export type ListMembers = z.infer<typeof ListMembers>;

export const MemberView = z
  .object({ userId: z.uuid(), displayName: z.string(), role: MemberRole })
  .meta({ id: 'Member' });
export type MemberView = z.input<typeof MemberView>;

export const MemberList = pageOf(MemberView).meta({ id: 'MemberList' });
