import { z } from 'zod';
import { GLOBAL_ROLES, ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import { pageOf, pageQuery, Search } from '../../platform/http/paging.js';
import { Email, Id, Name, NewPassword, openEnum, Timestamp } from '../../platform/http/schema.js';

const Role = z.enum(GLOBAL_ROLES);
const STATUSES = ['active', 'pending', 'disabled'] as const;
const Status = z.enum(STATUSES);

export const UserView = z
  .object({
    id: z.uuid(),
    kind: openEnum(['person', 'guest']),
    email: z.string().nullable().describe('The e-mail address; null for guests.'),
    displayName: z.string(),
    role: openEnum(GLOBAL_ROLES),
    status: openEnum(STATUSES, '`pending` accounts wait for the approval of an administrator.'),
    createdAt: Timestamp,
  })
  .meta({ id: 'User' });
export type UserView = z.input<typeof UserView>;

export const UserList = pageOf(UserView).meta({ id: 'UserList' });

export const UserPath = z.object({ id: Id.describe('The id of the user.') });
export type UserPath = z.infer<typeof UserPath>;

export const ListUsers = z.strictObject({
  ...pageQuery,
  search: Search.optional().describe('A part of the name or the e-mail address.'),
  role: Role.optional().describe('Only users with this role.'),
  status: Status.optional().describe('Only users with this status.'),
});
export type ListUsers = z.infer<typeof ListUsers>;

export const CreateUser = z
  .strictObject({
    email: Email,
    password: NewPassword,
    displayName: Name,
    role: Role.default(ORDINARY_GLOBAL_ROLE),
  })
  .meta({ id: 'CreateUser' });
export type CreateUser = z.infer<typeof CreateUser>;

export const ChangeUser = z
  .strictObject({
    email: Email.optional(),
    displayName: Name.optional(),
    role: Role.optional(),
    status: z.enum(['active', 'disabled']).optional(),
  })
  .meta({ id: 'ChangeUser' });
export type ChangeUser = z.infer<typeof ChangeUser>;
