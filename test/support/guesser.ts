import { expect } from 'vitest';
import { PasswordsService } from '../../src/users/accounts/passwords.service.js';
import type { TestApp } from './app.js';
import './expect-problem.js';
import type { ProblemBody, SignedIn } from './shapes.js';

/** The password of every user that `signUp` creates. */
export const right = 'a password for tests';

interface Origin {
  readonly deviceToken?: string;
  readonly from?: string;
}

/** Signs in at a server that trusts the test as a proxy, from any address. */
export class Guesser {
  constructor(private readonly server: TestApp) {}

  login(to: string, password: string, { deviceToken, from = '203.0.113.1' }: Origin = {}) {
    const body = { email: to, password, ...(deviceToken !== undefined && { deviceToken }) };
    const headers = { 'x-forwarded-for': from };
    return this.server.anyone.post<SignedIn & ProblemBody>('/v1/auth/login', body, headers);
  }

  async guess(times: number, to: string, origin: Origin = {}): Promise<void> {
    for (let turn = 0; turn < times; turn += 1)
      expect(await this.login(to, 'not the password', origin)).toBeProblem(
        401,
        'invalid_credentials',
      );
  }

  /** Guesses ten times, and makes the wait longer than usual, for the slowest machine. */
  async exhaust(to: string, origin: Origin = {}): Promise<void> {
    await this.guess(10, to, origin);
    await this.server.database.query(
      `update throttles set blocked_until = blocked_until + interval '1 minute'
        where blocked_until is not null`,
    );
  }

  /** Returns how many passwords were hashed while `work` ran. */
  async hashesOf(work: () => Promise<unknown>): Promise<number> {
    const passwords = this.server.app.get(PasswordsService, { strict: false });
    const { begun } = passwords.load;
    await work();
    return passwords.load.begun - begun;
  }
}
