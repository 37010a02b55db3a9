import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../users/passwords.service.js';
import { type Limited, RateLimits } from '../throttling/rate-limits.service.js';

/** A password that somebody signs in with. */
export interface PasswordGuess {
  /** The address as accounts are compared by. */
  readonly account: string;
  /** Of whoever guesses. */
  readonly address: string;
  /** His, and one that he signed in on before: `user|device`. */
  readonly knownDevice: string | undefined;
  readonly stored: string | null | undefined;
  readonly password: string;
}

/**
 * Compares a password, but not as often as somebody likes to guess. Costs one hash, or none once
 * there were too many guesses, whether the account exists or not.
 */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly limits: RateLimits,
  ) {}

  /** @throws {RateLimited} after too many wrong guesses, before anything is hashed */
  isRight({ account, address, knownDevice, stored, password }: PasswordGuess): Promise<boolean> {
    // The network first: in it, nobody makes more rows of made-up accounts than it may guess.
    const limits: Limited[] =
      knownDevice === undefined
        ? [
            ['sign-in-network', address],
            ['sign-in-account', account],
          ]
        : [['sign-in-device', knownDevice]];
    return this.limits.guess(limits, () => this.passwords.matches(stored, password));
  }
}
