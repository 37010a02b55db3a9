import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Gauge, Total } from '../../platform/metrics/metric.decorator.js';
import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { InvalidRequest } from '../../platform/http/problems.js';
import { type PasswordOwner, PasswordRules } from './password-rules.js';
import { SignInsUnderWay, TooManySignIns } from './users.problems.js';

/** Maximum waits in milliseconds: for other passwords of the account, and for a core. */
const ACCOUNT_PATIENCE_MS = 2_000;
const PATIENCE_MS = 8_000;

const QUEUE = 64;

/** Passwords of an account that are hashed or wait for a core; others wait outside the queue. */
const OF_ACCOUNT = 2;
const WAITING_OF_ACCOUNT = 64;

export interface HashedFor {
  /** The key of the account, which need not exist. */
  readonly account: string;
  /** The network of the client; for signed-in users, their own id. */
  readonly network: string;
}

// The minimum that OWASP recommends; 2 is argon2id, whose enum isolated modules cannot read.
const SETTINGS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const STORED = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

/** The hash to compare with if there is no account; no password matches it. */
export const DUMMY_HASH =
  `$argon2id$v=19$m=${SETTINGS.memoryCost},t=${SETTINGS.timeCost},p=${SETTINGS.parallelism}` +
  `$${'bm9ib2R5'.repeat(2)}bm9ibw$${'bm9ib2R5'.repeat(5)}bm8`;

/**
 * Hashes at most one password per core at a time. Networks take turns, and an account holds few
 * places, so that neither prevents others from signing in.
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

  /** @throws {InvalidRequest} that names the broken rule */
  async refuseUnacceptable(password: string, pointer: string, owner: PasswordOwner): Promise<void> {
    const detail = await this.rules.faultOf(password, owner);
    if (detail === undefined) return;
    throw new InvalidRequest(`The password cannot be chosen: it ${detail}.`, {
      errors: [{ pointer, detail }],
    });
  }

  /** @throws {Overloaded | RateLimited} if too many hashes wait, in all or for this account */
  hash(password: string, whose: HashedFor): Promise<string> {
    return this.inTurn(whose, () => hash(password.normalize('NFC'), SETTINGS));
  }

  /** Costs one hash, even without a stored hash. @throws {Overloaded | RateLimited} */
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
