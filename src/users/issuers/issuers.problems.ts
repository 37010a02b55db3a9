import { problem, saying } from '../../platform/http/problem.js';
import { InvalidRequest, Overloaded, Unauthenticated } from '../../platform/http/problems.js';
import { RegistrationClosed } from '../sessions/auth.problems.js';

/** Why an issuer's token was refused, in the order of the checks. */
export const REASONS = {
  malformed:
    'The text behind "Bearer" is not a signed JWT of at most 8 KiB: send an access token or an ID token of your identity provider.',
  algorithm:
    'This server accepts no tokens with this signature algorithm: ask the operator to compare algorithms in TRUSTED_ISSUERS with the provider.',
  issuer_unknown:
    'This server does not trust the issuer of the token: ask the operator to compare iss with issuer in TRUSTED_ISSUERS.',
  key_unknown:
    'The issuer does not publish the key that signed the token: get a new token, and ask the operator if that does not help.',
  signature: 'The signature of the token is wrong: get a new token from your identity provider.',
  claim_missing:
    'The token lacks a usable sub, exp or iat: ask the operator to compare the token with docs/integrate/identity-provider.md.',
  audience:
    'The token is meant for another service: ask your identity provider for a token whose audience is this server.',
  bound:
    'The token is bound to a key (cnf), which this server cannot check: ask your identity provider for a bearer token.',
  expired: 'The token has expired: get a new token from your identity provider.',
  not_yet_valid:
    'The token is not valid yet: wait some seconds, and ask the operator to check the clocks if that does not help.',
  session_ended:
    'This sign-in has ended: sign in again at your identity provider, and send its new token.',
} as const;
export type Reason = keyof typeof REASONS;

export class IssuerTokenRefused extends Unauthenticated {
  constructor(readonly reason: Reason) {
    super(REASONS[reason], { reason });
  }
}

export function refused(reason: Reason): IssuerTokenRefused {
  return new IssuerTokenRefused(reason);
}

export class IssuerUnavailable extends problem(
  503,
  'issuer_unavailable',
  'The keys of the identity provider cannot be loaded: send the request again after retryAfter seconds.',
  { retryAfter: 30 },
) {}
export class UsersAddedBeforehand extends saying(
  RegistrationClosed,
  'Only users that an administrator has added may use this server: ask an administrator to add you.',
) {}
export class FormerAccountRemains extends saying(
  Overloaded,
  'Your former account is still being deleted: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class SessionChanging extends saying(
  Overloaded,
  'Other requests are changing your sign-in at the same time: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class UnreadableDevice extends saying(
  InvalidRequest,
  'The header Latchkey-Device is not valid: send 1 to 64 letters, digits, "_" or "-", or leave it out.',
) {}
