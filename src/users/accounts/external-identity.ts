import { z } from 'zod';
import type { ServerSecrets } from '../../platform/keyring/server-secrets.js';

/** The id of a user in another system; `issuer` names the system. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly externalId: string;
}

/** The system of identities that an administrator creates without naming an issuer. */
export const DEFAULT_NAMESPACE = 'external:default';
const NAMESPACE = /^external:[a-z0-9]+(?:-[a-z0-9]+)*$/;

export function isNamespace(issuer: string): boolean {
  return issuer.length <= 80 && NAMESPACE.test(issuer);
}

/** Printable text of 1 to 255 characters that Postgres can store, as in the claim `sub`. */
export function isExternalId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[^\p{Cc}\p{Cn}\u2028\u2029]{1,255}$/u.test(value) &&
    value.isWellFormed()
  );
}

export const ExternalId = z
  .string()
  .refine(isExternalId, 'must be a printable text of 1 to 255 characters');

/** The name of an issuer; `ExternalUsersService.identityOf` decides whether it is known. */
export const Issuer = z.string().min(1).max(255);

/** The name of an external user of whom no name is known. */
export function nameWithout(id: string): string {
  return `User ${id.slice(-6)}`;
}

/** The keyed hash by which a user is found, and which outlasts the user's data; 32 bytes. */
export function identityKeyOf(
  secrets: ServerSecrets,
  { issuer, externalId }: ExternalIdentity,
): Buffer {
  return secrets.mac('external identity', JSON.stringify([issuer, externalId]));
}
