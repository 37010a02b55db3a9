import { Injectable } from '@nestjs/common';
import { Gauge } from '../metrics/metric.decorator.js';
import { FairQueue } from '../tasks/fair-queue.js';
import { RateLimited } from '../http/problems.js';
import type { Request } from '../http/request.js';
import { countWork, Work } from '../http/request-work.js';
import { Config } from '../config/config.js';
import { MemoryLimiter, type Pace } from './memory-limiter.js';
import { Refusals, type RefusalKind } from './refusals.js';
import { TooManyUnderWay } from './limits.problems.js';

const PATIENCE_MS = 2_000;
/** Requests of one user or network that wait; each is a few hundred bytes. */
const WAITING = 1_000;

/** What all guests of a room run and wait for together: one link makes users of anybody. */
const GUESTS = { atOnce: 32, waiting: 2_000 };

/** Rooms whose guests are counted, until the idle ones are looked for. */
const MANY_ROOMS = 1_000;

/** What a user, or a network before sign-in, may ask; docs/limits.md says why these numbers. */
const SHARES = {
  user: { pace: { burst: 1_000, perSecond: 50 }, atOnce: 8 },
  network: { pace: { burst: 20_000, perSecond: 1_000 }, atOnce: 32 },
} as const satisfies Record<string, { pace: Pace; atOnce: number }>;

/** Sign-ins of one account with the right password. */
const SIGN_INS: Pace = { burst: 100, perSecond: 1 / 6 };

export type Sharer = keyof typeof SHARES;

/** The share of this replica that one user, or one network before sign-in, may have. */
@Injectable()
export class RequestShares {
  private readonly queues = {
    user: this.queueOf(SHARES.user.atOnce),
    network: this.queueOf(SHARES.network.atOnce),
  };
  private readonly guestsOf = new Map<string, FairQueue>();

  constructor(
    private readonly limiter: MemoryLimiter,
    private readonly refusals: Refusals,
    private readonly config: Config,
  ) {}

  /** Requests on this replica whose handlers run, and those that wait for others of their caller. */
  @Gauge('requests_running', 'Requests whose work is under way.', 'running')
  @Gauge(
    'requests_waiting',
    'Requests that wait for others of the same user or network.',
    'waiting',
  )
  get load(): { running: number; waiting: number } {
    const loads = [...Object.values(this.queues), ...this.guestsOf.values()].map(
      ({ load }) => load,
    );
    return {
      running: loads.reduce((sum, { running }) => sum + running, 0),
      waiting: loads.reduce((sum, { waiting }) => sum + waiting, 0),
    };
  }

  /**
   * Counts a request from now until its handler has ended.
   * @param guestRoomId the room of a guest, whose guests share places among them
   * @returns when it may go on; undefined for at once
   * @throws {RateLimited} if there were too many, or too many are under way for too long
   */
  begin(
    request: Request,
    who: string,
    sharer: Sharer,
    guestRoomId: string | null = null,
  ): Promise<void> | undefined {
    if (!this.config.RATE_LIMITS) return undefined;
    this.count(who, sharer, `${request.method} ${request.routeOptions.url}`);
    const queue = guestRoomId === null ? this.queues[sharer] : this.guestsQueue(guestRoomId);
    const work = new Work(queue, who);
    countWork(request, work);
    return work.begin();
  }

  /**
   * The same for a service that knows better whose request it is.
   * @throws {RateLimited}
   */
  async run<Result>(who: string, route: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.config.RATE_LIMITS) return work();
    this.count(who, 'user', route);
    return this.queues.user.run(who, work);
  }

  /**
   * Compares a password, unless too many right ones were given for the account: each opens a session.
   * Wrong ones are counted elsewhere.
   * @throws {RateLimited}
   */
  async paceSignIns(account: string, isRight: () => Promise<boolean>): Promise<boolean> {
    if (!this.config.RATE_LIMITS) return isRight();
    const key = `${account} sign-in`;
    const seconds = this.limiter.remaining(key, SIGN_INS);
    if (seconds !== undefined)
      this.refuse(
        'sign-ins',
        'Too many sign-ins to this account: wait retryAfter seconds before the next one.',
        seconds,
      );
    const right = await isRight();
    if (right) this.limiter.take(key, SIGN_INS);
    return right;
  }

  private count(who: string, sharer: Sharer, route: string): void {
    const seconds = this.limiter.take(`${who} ${route}`, SHARES[sharer].pace);
    if (seconds !== undefined)
      this.refuse(
        'requests',
        'Too many requests: wait retryAfter seconds before the next one.',
        seconds,
      );
  }

  private refuse(kind: RefusalKind, detail: string, seconds: number): never {
    this.refusals.count(kind);
    const retryAfter = Math.max(1, seconds);
    throw new RateLimited(detail, { retryAfter });
  }

  private guestsQueue(roomId: string): FairQueue {
    const known = this.guestsOf.get(roomId);
    if (known) return known;
    if (this.guestsOf.size >= MANY_ROOMS)
      for (const [id, { load }] of this.guestsOf)
        if (load.running + load.waiting === 0) this.guestsOf.delete(id);
    const queue = this.queueOf(SHARES.user.atOnce, GUESTS.atOnce, GUESTS.waiting);
    this.guestsOf.set(roomId, queue);
    return queue;
  }

  private queueOf(perKey: number, places = Infinity, waiting = Infinity): FairQueue {
    const shares = { places, perKey, waitingPerKey: WAITING, waiting, patienceMs: PATIENCE_MS };
    return new FairQueue(shares, () => {
      this.refusals.count('requests-at-once');
      return new TooManyUnderWay();
    });
  }
}
