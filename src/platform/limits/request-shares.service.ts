import { Injectable } from '@nestjs/common';
import { Gauge } from '../metrics/metric.decorator.js';
import { FairQueue } from '../tasks/fair-queue.js';
import { RateLimited } from '../http/problems.js';
import type { Request } from '../http/request.js';
import { countWork, JointWork, Work } from '../http/request-work.js';
import { Config } from '../config/config.js';
import { MemoryLimiter, type Pace } from './memory-limiter.js';
import { Refusals, type RefusalKind } from './refusals.js';
import { TooManyUnderWay } from './limits.problems.js';

const PATIENCE_MS = 2_000;
/** Maximum number of waiting requests per user or network; each takes a few hundred bytes. */
const WAITING = 1_000;

/** Limits of all guests of a room together, because a link lets anybody create guests. */
const GUESTS = { atOnce: 32, waiting: 2_000 };

/** Number of rooms with counted guests at which idle rooms are removed. */
const MANY_ROOMS = 1_000;

/**
 * Limits per user, per network before sign-in, and per API key for all grants together;
 * docs/limits.md explains the numbers.
 */
const SHARES = {
  user: { pace: { burst: 1_000, perSecond: 50 }, atOnce: 8 },
  network: { pace: { burst: 20_000, perSecond: 1_000 }, atOnce: 32 },
  key: { pace: { burst: 20_000, perSecond: 1_000 }, atOnce: 32 },
} as const satisfies Record<string, { pace: Pace; atOnce: number }>;

/** Number of counters of people in grants. */
const PEOPLE = 100_000;

const SIGN_INS: Pace = { burst: 100, perSecond: 1 / 6 };

/** An API key, and the person in its request. */
interface OnBehalf {
  readonly key: string;
  readonly person: string;
}

export type Sharer = keyof typeof SHARES;

@Injectable()
export class RequestShares {
  private readonly queues = {
    user: this.queueOf(SHARES.user.atOnce),
    network: this.queueOf(SHARES.network.atOnce),
    // The places rotate among the keys that wait for one.
    key: this.queueOf(SHARES.key.atOnce, SHARES.key.atOnce),
  };
  // Apart, because a backend may name any number of people, and the oldest counters are forgotten.
  private readonly people = new MemoryLimiter(PEOPLE);
  private readonly guestsOf = new Map<string, FairQueue>();

  constructor(
    private readonly limiter: MemoryLimiter,
    private readonly refusals: Refusals,
    private readonly config: Config,
  ) {}

  @Gauge('requests_running', 'Requests whose handlers are running.', 'running')
  @Gauge(
    'requests_waiting',
    'Requests waiting for other requests of the same user or network.',
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

  /** Counts a request until its handler ends; undefined: it may continue. @throws {RateLimited} */
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

  /** For a service that identifies the caller better than the guard. @throws {RateLimited} */
  async run<Result>(who: string, route: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.config.RATE_LIMITS) return work();
    this.count(who, 'user', route);
    return this.queues.user.run(who, work);
  }

  /** Counts a request of a key on behalf of a person for both. @throws {RateLimited} */
  countOnBehalf({ key, person }: OnBehalf, route: string): void {
    if (!this.config.RATE_LIMITS) return;
    this.count(key, 'key', route);
    this.count(person, 'user', route, this.people);
  }

  /**
   * Runs the work of such requests. The place of the person is taken first, so that many requests
   * for the same person leave the key's places to others. @throws {RateLimited}
   */
  async runOnBehalf<Result>(
    { key, person }: OnBehalf,
    run: (work: Work) => Promise<Result>,
  ): Promise<Result> {
    if (!this.config.RATE_LIMITS) return run(new Work());
    const work = new JointWork([
      new Work(this.queues.user, person),
      new Work(this.queues.key, key),
    ]);
    try {
      await work.begin();
      return await run(work);
    } finally {
      work.end();
    }
  }

  /** Limits right passwords, each of which opens a session. @throws {RateLimited} */
  async paceSignIns(account: string, isRight: () => Promise<boolean>): Promise<boolean> {
    if (!this.config.RATE_LIMITS) return isRight();
    const key = keyOfSignIns(account);
    this.refuseSignIns(this.limiter.remaining(key, SIGN_INS));
    const right = await isRight();
    if (right) this.limiter.take(key, SIGN_INS);
    return right;
  }

  /** Counts a session that a grant opens for a person. @throws {RateLimited} */
  paceSignIn(account: string): void {
    if (!this.config.RATE_LIMITS) return;
    this.refuseSignIns(this.people.take(keyOfSignIns(account), SIGN_INS));
  }

  private refuseSignIns(seconds: number | undefined): void {
    if (seconds === undefined) return;
    this.refuse(
      'sign-ins',
      'Too many sign-ins to this account: wait retryAfter seconds before the next sign-in.',
      seconds,
    );
  }

  private count(who: string, sharer: Sharer, route: string, limiter = this.limiter): void {
    const seconds = limiter.take(`${who} ${route}`, SHARES[sharer].pace);
    if (seconds !== undefined)
      this.refuse(
        'requests',
        'Too many requests: wait retryAfter seconds before the next request.',
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

function keyOfSignIns(account: string): string {
  return `${account} sign-in`;
}
