import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../accounts/passwords.service.js';
import { type Limited, RateLimits } from '../../platform/limits/rate-limits.service.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';

/** A password that somebody signs in with. */
export interface PasswordGuess {
  /** The address as accounts are compared by. */
  readonly account: string;
  /** The network of the client. */
  readonly network: string;
  /** The user, if they sign in on a device on which they did so before. */
  readonly ownerOfDevice: string | undefined;
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
    private readonly requests: RequestShares,
  ) {}

  /**
   * @throws {RateLimited} after too many wrong guesses at the account, or too many right ones, before
   *   anything is hashed
   */
  isRight({ account, network, ownerOfDevice, stored, password }: PasswordGuess): Promise<boolean> {
    // Not by network: a right password is not refused for what neighbours guess.
    const limit: Limited =
      ownerOfDevice === undefined
        ? ['sign-in-account', account]
        : ['sign-in-device', ownerOfDevice];
    return this.requests.paceSignIns(account, () =>
      this.limits.guess([limit], () =>
        this.passwords.matches(stored, password, { account, network }),
      ),
    );
  }
}
