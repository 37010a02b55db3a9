import type { Canary } from './find-canaries.js';

/** The secrets that the test chooses; they share no words, so each can be recognised. */
export const SECRETS = {
  apiKey: 'canary-cas-key-5f0e2d',
  apiSecret: 'canary-cas-secret-77ab19',
  secretKeys: 'canary secret keys 3c1f7a9b5d2e8f4061a7c9e3b5d7f1a2',
  nextSecretKeys: 'canary successor of keys 9be1c07f44d2a6835e1b0c9d',
  adminPassword: 'canary admin password 9e7d',
  password: 'canary "user" password 41c6',
  newPassword: 'canary new "password" d20f',
  temporaryPassword: 'canary temporary password 77e3',
  wrongPassword: 'canary mistyped password 5b1a',
  shortPassword: 'cnry-7f',
  accessCode: 'canary access code 0b8d',
  nextAccessCode: 'canary changed code 3fa9',
  wrongCode: 'canary wrong code 6a55',
  wrongInvite: 'lki_canary-mistyped-invite-c2b8',
  idempotencyKey: 'canary idempotency key 12fe',
  astray: 'canary-where-none-belongs-e81d',
} as const;

const NAMES: Readonly<Record<keyof typeof SECRETS, string>> = {
  apiKey: 'the API key of CAS',
  apiSecret: 'the API secret of CAS',
  secretKeys: 'SECRET_KEYS',
  nextSecretKeys: 'the next key of SECRET_KEYS',
  adminPassword: 'ADMIN_PASSWORD',
  password: 'a password',
  newPassword: 'a new password',
  temporaryPassword: 'a temporary password',
  wrongPassword: 'a mistyped password',
  shortPassword: 'a password that is too short',
  accessCode: 'an access code',
  nextAccessCode: 'a changed access code',
  wrongCode: 'a wrong access code',
  wrongInvite: 'a mistyped invite code',
  idempotencyKey: 'an Idempotency-Key',
  astray: 'a secret where none belongs',
};

/** Every secret of the test: those chosen by the test, and those made by the server. */
export class Secrets {
  readonly canaries: Canary[] = Object.entries(SECRETS).map(([key, secret]) => ({
    name: NAMES[key as keyof typeof SECRETS],
    secret,
  }));

  /** @param handedOutBy the places that may contain the secret */
  add(name: string, secret: string, handedOutBy?: RegExp): void {
    this.canaries.push({ name, secret, ...(handedOutBy && { handedOutBy }) });
  }

  get kinds(): string[] {
    return [...new Set(this.canaries.map(({ name }) => name))];
  }
}
