import { z } from 'zod';
import {
  GLOBAL_ROLES,
  type GlobalRole,
  ORDINARY_GLOBAL_ROLE,
  ROLES_OF_PEOPLE,
} from '../../platform/access/global-role.js';
import { pageOf, pageQuery, Search } from '../../platform/http/paging.js';
import { ExternalId, Issuer } from './external-identity.js';
import { Email, Id, Name, NewPassword, openEnum, Timestamp } from '../../platform/http/schema.js';

const Role = z.enum(ROLES_OF_PEOPLE);
const STATUSES = ['active', 'pending', 'disabled'] as const;
const Status = z.enum(STATUSES);

export const UserView = z
  .object({
    id: z.uuid(),
    kind: openEnum(
      ['person', 'guest', 'external', 'service'],
      'The identity of an `external` user is managed by another system; a `service` is an API key.',
    ),
    issuer: z
      .string()
      .nullable()
      .describe('The system that manages the identity; null unless `kind` is `external`.'),
    externalId: z
      .string()
      .nullable()
      .describe(
        'The id of the user in that system, which `issuer` names; null unless `kind` is `external`.',
      ),
    email: z
      .string()
      .nullable()
      .describe('The e-mail address; null for guests and external users.'),
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

export const TheirIssuer = Issuer.describe(
  'The system that manages the identity: an issuer of `GET /v1/issuers`, or a name of your own such as `external:default`, which is the default.',
);
export const TheirId = ExternalId.describe(
  'The id of the user in the system that `issuer` names, such as the claim `sub`.',
);

export const ListUsers = z.strictObject({
  ...pageQuery,
  search: Search.optional().describe('A part of the name or the e-mail address.'),
  role: Role.optional().describe('Only users with this role.'),
  status: Status.optional().describe('Only users with this status.'),
  externalId: TheirId.optional(),
  issuer: TheirIssuer.optional().describe(
    'Only users whose identity the named system manages. Without it, `externalId` is searched in all systems.',
  ),
});
export type ListUsers = z.infer<typeof ListUsers>;

const OF_ACCOUNTS = ['email', 'password'] as const;

export const CreateUser = z
  .strictObject({
    email: Email.optional().describe('Required, unless `externalId` is given.'),
    password: NewPassword.optional().describe('Required, unless `externalId` is given.'),
    externalId: TheirId.optional(),
    issuer: TheirIssuer.optional(),
    displayName: Name,
    role: Role.default(ORDINARY_GLOBAL_ROLE),
  })
  .superRefine((user, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (user.externalId !== undefined) {
      for (const field of OF_ACCOUNTS)
        if (user[field] !== undefined) refuse(field, 'must not be sent together with externalId');
      return;
    }
    for (const field of OF_ACCOUNTS) if (user[field] === undefined) refuse(field, 'is required');
    if (user.issuer !== undefined) refuse('issuer', 'requires externalId');
  })
  .transform((user) => user as NewUser)
  .meta({ id: 'CreateUser' });

interface NewUserBase {
  readonly displayName: string;
  readonly role: GlobalRole;
}
interface NewAccount extends NewUserBase {
  readonly email: string;
  readonly password: string;
  readonly externalId?: undefined;
}
export interface NewExternalUser extends NewUserBase {
  readonly externalId: string;
  readonly issuer?: string;
}
type NewUser = NewAccount | NewExternalUser;
export type CreateUser = NewUser;

export const ChangeUser = z
  .strictObject({
    email: Email.optional(),
    displayName: Name.optional(),
    role: Role.optional(),
    status: z.enum(['active', 'disabled']).optional(),
    externalId: TheirId.optional(),
    issuer: TheirIssuer.optional().describe('The system that manages the identity from now on.'),
  })
  .meta({ id: 'ChangeUser' });
export type ChangeUser = z.infer<typeof ChangeUser>;
