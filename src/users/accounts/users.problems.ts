import { problem, saying } from '../../platform/http/problem.js';
import {
  RateLimited,
  Overloaded,
  Forbidden,
  InvalidRequest,
} from '../../platform/http/problems.js';

export class EmailTaken extends problem(
  409,
  'email_taken',
  'Another user has this e-mail address: use another address, or sign in.',
) {}
export class GuestLimited extends problem(
  409,
  'guest_limited',
  'A guest can enter only the room of the invite: ask the person to register an account.',
) {}
export class LastAdmin extends problem(
  409,
  'last_admin',
  'This is the last administrator: make another user an administrator first.',
) {}
export class SignInsUnderWay extends saying(
  RateLimited,
  'Too many sign-ins to this account are in progress: wait for their answers, and try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class TooManySignIns extends saying(
  Overloaded,
  'Too many people are signing in at the same time: try again after retryAfter seconds.',
  { retryAfter: 2 },
) {}
export class GuestStaysGuest extends saying(
  GuestLimited,
  'A guest cannot have an e-mail address or be an administrator: ask the person to register an account.',
) {}
export class OwnAddress extends saying(
  Forbidden,
  'This account is your own: use PATCH /v1/me to change its e-mail address.',
) {}
export class OwnPassword extends saying(
  Forbidden,
  'This account is your own: use PUT /v1/me/password, which requires the current password.',
) {}
export class UserBeyondKeys extends saying(
  Forbidden,
  'An API key reaches only users with the role user: ask an administrator to do this.',
) {}
export class RoleBeyondKeys extends saying(
  Forbidden,
  'An API key gives users no other role than user: leave role out, or ask an administrator.',
) {}
export class AccountBeyondKeys extends saying(
  Forbidden,
  'An API key sets no passwords, so it creates external users only: send externalId instead of email and password.',
) {}
export class RelinkingBeyondKeys extends saying(
  Forbidden,
  'An API key links no user to another identity: leave externalId and issuer out, or ask an administrator.',
) {}
export class ServiceIsApiKey extends saying(
  Forbidden,
  'This user is an API key: use PATCH or DELETE /v1/api-keys/{id}.',
) {}
export class ExternalIdTaken extends problem(
  409,
  'external_id_taken',
  'Another user, perhaps a deleted user who was banned or disabled, has this externalId of this issuer: look for them with GET /v1/users and externalId.',
) {}
export class ManagedByIssuer extends problem(
  409,
  'managed_by_issuer',
  'The identity provider of this user decides about their role: ask its administrator to change it.',
) {}
export class ManagedElsewhere extends saying(
  ManagedByIssuer,
  'Another system manages this identity, so it has no e-mail address and no password here: ask the administrator of that system.',
) {}
export class NotExternal extends saying(
  InvalidRequest,
  'Only external users have an externalId and an issuer: leave both out, or create an external user.',
  { errors: [{ pointer: '/externalId', detail: 'cannot be changed for this kind of user' }] },
) {}
export const DETAIL_OF_ISSUER =
  'must be an issuer of GET /v1/issuers, or a name such as external:default';
export class UnknownIssuer extends saying(
  InvalidRequest,
  'This server does not know the issuer: use an issuer of GET /v1/issuers, or external:NAME; an API key may use only its own namespace.',
  {
    errors: [{ pointer: '/issuer', detail: DETAIL_OF_ISSUER }],
  },
) {}
