import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Gauge, Total } from '../../platform/metrics/metric.decorator.js';
import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { InvalidRequest } from '../../platform/http/problems.js';
import { type PasswordOwner, PasswordRules } from './password-rules.js';
import { SignInsUnderWay, TooManySignIns } from './users.problems.js';

/** Maximum waits of a password, in milliseconds: for others of its account, and for a core. */
const ACCOUNT_PATIENCE_MS = 2_000;
const PATIENCE_MS = 8_000;

const QUEUE = 64;

/** Passwords of an account that are hashed or wait for a core; others wait outside the queue. */
const OF_ACCOUNT = 2;
const WAITING_OF_ACCOUNT = 64;

/** The account and the network of a password; both share the places for hashing. */
export interface HashedFor {
  /** The key of the account, whether it exists or not. */
  readonly account: string;
  /** The network of the client; for users who are signed in, their own id. */
  readonly network: string;
}

// argon2id (2, as in the package's enum, which isolated modules cannot read), 19 MiB: the minimum
// that OWASP recommends.
const SETTINGS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const STORED = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

/** The hash to compare with if there is no account; no password matches it. */
export const DUMMY_HASH =
  `$argon2id$v=19$m=${SETTINGS.memoryCost},t=${SETTINGS.timeCost},p=${SETTINGS.parallelism}` +
  `$${'bm9ib2R5'.repeat(2)}bm9ibw$${'bm9ib2R5'.repeat(5)}bm8`;

/**
 * Hashes passwords, at most as many at the same time as there are cores. Networks take turns, and
 * an account holds only a few places, so that neither prevents others from signing in.
 */
@Injectable()
export class PasswordsService {
  private readonly accounts = new FairQueue(
    {
      places: Infinity,
      perKey: OF_ACCOUNT,
      waitingPerKey: WAITING_OF_ACCOUNT,
      patienceMs: ACCOUNT_PATIENCE_MS,
    },
    () => new SignInsUnderWay(),
  );
  private readonly places = new FairQueue(
    {
      places: availableParallelism(),
      perKey: Infinity,
      waitingPerKey: QUEUE,
      waiting: QUEUE,
      patienceMs: PATIENCE_MS,
    },
    () => new TooManySignIns(),
  );
  private begun = 0;

  constructor(private readonly rules: PasswordRules) {}

  /** @throws {InvalidRequest} if the password may not be chosen; the error names the rule */
  async refuseUnacceptable(password: string, pointer: string, owner: PasswordOwner): Promise<void> {
    const detail = await this.rules.faultOf(password, owner);
    if (detail === undefined) return;
    throw new InvalidRequest(`The password cannot be chosen: it ${detail}.`, {
      errors: [{ pointer, detail }],
    });
  }

  /**
   * Hashes a password.
   * @throws {Overloaded} if too many hashes are waiting
   * @throws {RateLimited} if too many hashes of the same account are waiting
   */
  hash(password: string, whose: HashedFor): Promise<string> {
    return this.inTurn(whose, () => hash(password.normalize('NFC'), SETTINGS));
  }

  /**
   * Compares a password; costs one hash, whether there is a stored hash or not.
   * @throws {Overloaded} if too many hashes are waiting
   * @throws {RateLimited} if too many hashes of the same account are waiting
   */
  async matches(
    stored: string | null | undefined,
    password: string,
    whose: HashedFor,
  ): Promise<boolean> {
    const right = await this.inTurn(whose, () =>
      verify(stored ?? DUMMY_HASH, password.normalize('NFC')),
    );
    return right && typeof stored === 'string';
  }

  needsRehash(stored: string): boolean {
    const [, memory, time, parallelism] = STORED.exec(stored) ?? [];
    return !(
      Number(memory) >= SETTINGS.memoryCost &&
      Number(time) >= SETTINGS.timeCost &&
      Number(parallelism) >= SETTINGS.parallelism
    );
  }

  /** Hashes on this replica; `begun` counts all hashes since it started. */
  @Gauge('password_hashes_running', 'Passwords being hashed.', 'running')
  @Gauge('password_hashes_waiting', 'Passwords waiting to be hashed.', 'waiting')
  @Total('password_hashes_total', 'Passwords hashed, including wrong passwords.', 'begun')
  get load(): { running: number; waiting: number; begun: number } {
    const { running, waiting } = this.places.load;
    return { running, waiting: waiting + this.accounts.load.waiting, begun: this.begun };
  }

  private inTurn<Result>(
    { account, network }: HashedFor,
    work: () => Promise<Result>,
  ): Promise<Result> {
    return this.accounts.run(account, () =>
      this.places.run(network, () => {
        this.begun += 1;
        return work();
      }),
    );
  }
}
