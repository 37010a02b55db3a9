import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../accounts/passwords.service.js';
import { type Limited, RateLimits } from '../../platform/limits/rate-limits.service.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';

export interface PasswordGuess {
  /** The address, in the form for comparisons. */
  readonly account: string;
  readonly network: string;
  /** The user, if they signed in on this device before. */
  readonly ownerOfDevice: string | undefined;
  readonly stored: string | null | undefined;
  readonly password: string;
}

/** Compares passwords, and limits guesses; the cost does not reveal whether the account exists. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly limits: RateLimits,
    private readonly requests: RequestShares,
  ) {}

  /** @throws {RateLimited} before hashing, after too many wrong guesses or right passwords */
  isRight({ account, network, ownerOfDevice, stored, password }: PasswordGuess): Promise<boolean> {
    // Not by network, because a right password must not be refused for the guesses of neighbours.
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
