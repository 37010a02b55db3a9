import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { InvalidRequest, Overloaded } from '../common/problems.js';
import { Config } from '../config/config.js';

const QUEUE = 64;

// argon2id (2, by the package's own enum, which isolated modules cannot read), 19 MiB: the least
// that OWASP recommends.
const SETTINGS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hashes passwords, no more at once than there are cores. */
@Injectable()
export class PasswordsService implements OnModuleInit {
  private readonly places = pLimit(availableParallelism());
  private dummy = '';

  constructor(private readonly config: Config) {}

  async onModuleInit(): Promise<void> {
    this.dummy = await this.hash('nobody has this password');
  }

  /** @throws {InvalidRequest} if the password may not be chosen */
  refuseUnacceptable(password: string, pointer: string): void {
    const least = this.config.PASSWORD_MIN_LENGTH;
    if ([...password.normalize('NFC')].length >= least) return;
    throw new InvalidRequest('The password cannot be chosen.', {
      errors: [{ pointer, detail: `must have at least ${least} characters` }],
    });
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
    const right = await this.queue(() => verify(stored ?? this.dummy, password.normalize('NFC')));
    return right && typeof stored === 'string';
  }

  /** Hashes on this replica. */
  get load(): { running: number; waiting: number } {
    return { running: this.places.activeCount, waiting: this.places.pendingCount };
  }

  private queue<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.places.pendingCount >= QUEUE)
      throw new Overloaded('Too many people sign in at once.', { retryAfter: 2 });
    return this.places(work);
  }
}
