import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { InvalidRequest, Overloaded } from '../common/problems.js';
import { type PasswordOwner, PasswordRules } from './password-rules.js';

const QUEUE = 64;

// argon2id (2, by the package's own enum, which isolated modules cannot read), 19 MiB: the least
// that OWASP recommends.
const SETTINGS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const STORED = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

/** Stands in where there is no account: of the same cost as any other hash, and of no password. */
export const NOBODYS =
  `$argon2id$v=19$m=${SETTINGS.memoryCost},t=${SETTINGS.timeCost},p=${SETTINGS.parallelism}` +
  `$${'bm9ib2R5'.repeat(2)}bm9ibw$${'bm9ib2R5'.repeat(5)}bm8`;

/** Hashes passwords, no more at once than there are cores. */
@Injectable()
export class PasswordsService {
  private readonly places = pLimit(availableParallelism());
  private begun = 0;

  constructor(private readonly rules: PasswordRules) {}

  /** @throws {InvalidRequest} if the password may not be chosen; says which rule it breaks */
  async refuseUnacceptable(password: string, pointer: string, owner: PasswordOwner): Promise<void> {
    const detail = await this.rules.faultOf(password, owner);
    if (detail === undefined) return;
    throw new InvalidRequest('The password cannot be chosen.', { errors: [{ pointer, detail }] });
  }

  /** @throws {Overloaded} if too many hashes wait already */
  hash(password: string): Promise<string> {
    return this.queue(() => hash(password.normalize('NFC'), SETTINGS));
  }

  /**
   * Costs one hash, whether there is something to compare with or not.
   * @throws {Overloaded} if too many hashes wait already
   */
  async matches(stored: string | null | undefined, password: string): Promise<boolean> {
    const right = await this.queue(() => verify(stored ?? NOBODYS, password.normalize('NFC')));
    return right && typeof stored === 'string';
  }

  /** Whether a hash was made with settings that are weaker than ours. */
  needsRehash(stored: string): boolean {
    const [, memory, time, parallelism] = STORED.exec(stored) ?? [];
    return !(
      Number(memory) >= SETTINGS.memoryCost &&
      Number(time) >= SETTINGS.timeCost &&
      Number(parallelism) >= SETTINGS.parallelism
    );
  }

  /** Hashes on this replica; `begun` counts all since it started. */
  get load(): { running: number; waiting: number; begun: number } {
    const { activeCount: running, pendingCount: waiting } = this.places;
    return { running, waiting, begun: this.begun };
  }

  private queue<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.places.pendingCount >= QUEUE)
      throw new Overloaded('Too many people sign in at once.', { retryAfter: 2 });
    return this.places(() => {
      this.begun += 1;
      return work();
    });
  }
}
