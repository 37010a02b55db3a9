import {
  ROLES_OF_PEOPLE,
  type GlobalRole,
  ORDINARY_GLOBAL_ROLE,
} from '../../platform/access/global-role.js';
import type { TrustedIssuer } from '../../platform/config/trusted-issuers.js';
import { Name } from '../../platform/http/schema.js';
import { isExternalId } from '../accounts/external-identity.js';
import { refused } from './issuers.problems.js';

const MAX_NAME_LENGTH = 80;
/** Seconds by which the clocks of an issuer and the database may differ. */
export const LEEWAY = 30;
/** The last moment, in seconds, whose leeway an answer can express: before the year 10000. */
const LAST_MOMENT = 253_402_300_799 - LEEWAY;

/** The needed claims of a verified token. Times are in seconds since the epoch. */
export interface IssuerToken {
  readonly issuer: TrustedIssuer;
  readonly subject: string;
  /** The claim that tells sign-ins at the issuer apart; undefined: the issuer has none. */
  readonly session: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly notBefore: number;
  /** When the person last proved who they are; undefined: the issuer does not say. */
  readonly authenticatedAt: number | undefined;
  readonly name: string | undefined;
  readonly role: GlobalRole;
}

/** Reads the claims of a token whose signature was verified. @throws {IssuerTokenRefused} */
export function toIssuerToken(issuer: TrustedIssuer, claims: object): IssuerToken {
  const claim = (name: string) => valueAt(claims, `/${name}`);
  const [subject, expiresAt, issuedAt] = [claim('sub'), timeOf(claim('exp')), timeOf(claim('iat'))];
  const notBefore = claim('nbf') === undefined ? 0 : timeOf(claim('nbf'));
  if (
    !isExternalId(subject) ||
    expiresAt === undefined ||
    issuedAt === undefined ||
    notBefore === undefined
  )
    throw refused('claim_missing');
  const audience = textsOf(valueAt(claims, issuer.claims.audience));
  if (!audience.some((each) => issuer.audience.includes(each))) throw refused('audience');
  if (claim('cnf') !== undefined) throw refused('bound');
  const authTime = timeOf(claim('auth_time'));
  return {
    issuer,
    subject,
    session: sessionOf(valueAt(claims, issuer.claims.session)),
    issuedAt,
    expiresAt,
    notBefore,
    // Nobody can have signed in after the token was issued.
    authenticatedAt: authTime === undefined ? undefined : Math.min(authTime, issuedAt),
    name: nameOf(valueAt(claims, issuer.claims.name)),
    role: roleOf(issuer, claims),
  };
}

/** @param now the database's time @throws {IssuerTokenRefused} */
export function refuseByTime(token: IssuerToken, now: Date): void {
  const at = now.getTime() / 1000;
  if (at >= token.expiresAt + LEEWAY) throw refused('expired');
  if (Math.max(token.issuedAt, token.notBefore) > at + LEEWAY) throw refused('not_yet_valid');
}

/**
 * Whether a token is of a later sign-in than one that ended at this time. Without `auth_time`,
 * tokens of the same session are never later, and tokens without a session are later if they were
 * issued later.
 */
export function isOfLaterSignIn(token: IssuerToken, endedAt: Date | null): boolean {
  return endedAt === null || laterThan(token) > endedAt.getTime();
}

/** The time, in milliseconds, before which an end does not concern the token. */
export function laterThan({ authenticatedAt, session, issuedAt }: IssuerToken): number {
  if (authenticatedAt !== undefined) return authenticatedAt * 1000;
  return session === undefined ? issuedAt * 1000 : -Infinity;
}

/** Resolves a JSON Pointer (RFC 6901); undefined if it leads nowhere. */
export function valueAt(claims: unknown, pointer: string): unknown {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string, unknown>)[step]
        : undefined,
    claims,
  );
}

function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Math.min(Math.max(value, 0), LAST_MOMENT);
}

function textsOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string');
}

/** A session claim of another type counts as missing; the text is only hashed. */
function sessionOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Some providers send the e-mail address, which others must not see, where there is no name.
  if (/^\S+@\S+\.\S+$/.test(value.trim())) return undefined;
  const cut = [...value.normalize('NFC').trim()].slice(0, MAX_NAME_LENGTH).join('');
  const name = Name.safeParse(cut);
  return name.success && name.data.isWellFormed() ? name.data : undefined;
}

/** A missing or odd claim means an ordinary user, never an error. */
function roleOf({ roles = {} }: TrustedIssuer, claims: object): GlobalRole {
  // The configuration lists the highest role first.
  const claimed = Object.entries(roles).find(([, rule]) => {
    const texts = rule ? textsOf(valueAt(claims, rule.claim)) : [];
    return texts.some((text) => rule?.values.includes(text));
  })?.[0];
  // The configuration may name a role that this release does not have yet.
  return ROLES_OF_PEOPLE.find((role) => role === claimed) ?? ORDINARY_GLOBAL_ROLE;
}
