import { Injectable } from '@nestjs/common';
import { Every } from '../tasks/every.decorator.js';
import type { ProblemMembers } from '../http/problem.js';
import type { Progress } from '../tasks/progress.js';
import { RateLimited } from '../http/problems.js';
import type { Transaction } from '../database/database.js';
import { Keyring } from '../keyring/keyring.js';
import { idempotentAnswerContext } from '../keyring/encryption-contexts.js';
import { ServerSecrets } from '../keyring/server-secrets.js';
import {
  IdempotencyInFlight,
  IdempotencyKeyReused,
  KeyUsedTooOften,
} from './idempotency.problems.js';
import { IdempotencyRepository, type Mark, MOST_MARKS } from './idempotency.repository.js';

/** How often a claim begins anew since the mark vanished under it; far more than ever happens. */
const ATTEMPTS = 10;

/** A request that says who it is. */
export interface Attempt {
  readonly userId: string;
  /** Method and pattern; what fills the pattern belongs to the request. */
  readonly route: string;
  readonly key: string;
  /** All that must be the same when it is sent again. */
  readonly request: unknown;
}

/** An answer as it is given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  readonly refusal?: {
    readonly code: string;
    readonly detail: string;
    readonly members: ProblemMembers;
  };
}

/**
 * The right to do what the request asks, until it is kept, released, or dead after 30 s. Whoever is
 * slower than that finds out when he keeps his answer.
 */
export type Claim = Mark & { readonly claimId: string };

export type Claimed =
  { readonly claim: Claim; readonly answer?: undefined } | { readonly answer: KeptAnswer };

/**
 * Who sends a request again gets what he got. The mark is a keyed hash, the request is kept as
 * another one, and the answer encrypted: either may hold a password, a code or an address.
 */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly marks: IdempotencyRepository,
    private readonly secrets: ServerSecrets,
    private readonly keyring: Keyring,
  ) {}

  /**
   * @throws {IdempotencyKeyReused}
   * @throws {IdempotencyInFlight}
   * @throws {RateLimited} if the user has too many
   */
  async claim({ userId, route, key, request }: Attempt): Promise<Claimed> {
    const name = JSON.stringify([userId, route, key]);
    const mark = { userId, mark: this.secrets.mac('idempotency mark', name) };
    const requestHash = this.secrets.mac('idempotent request', canonical(request));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const claimId = await this.marks.claim(mark, requestHash);
      if (claimId !== undefined) return { claim: { ...mark, claimId } };
      const found = await this.marks.find(mark);
      if (!found) {
        await this.refuseCrowd(userId);
        // Released since: nothing was done, so it is for us to do.
        continue;
      }
      if (!found.requestHash.equals(requestHash)) throw new IdempotencyKeyReused();
      if (found.answer === null || found.keyId === null) throw inFlight();
      const sealed = { keyId: found.keyId, bytes: found.answer };
      const text = this.keyring.open(idempotentAnswerContext(mark.mark), sealed).toString();
      return { answer: JSON.parse(text) as KeptAnswer };
    }
    throw new KeyUsedTooOften();
  }

  /** Older marks do not give way, because their requests may still be sent again. */
  private async refuseCrowd(userId: string): Promise<void> {
    const retryAfter = await this.marks.findWait(userId);
    if (retryAfter === undefined) return;
    throw new RateLimited(
      `You have sent ${MOST_MARKS} requests with an Idempotency-Key within 24 hours: send this one without it, or again after retryAfter seconds.`,
      { retryAfter },
    );
  }

  /**
   * Gives the answer again from now on.
   * @param transaction of what was done: neither it nor the answer is there without the other
   * @throws {IdempotencyInFlight} if the claim was given up for dead, and another one made since
   */
  async keep(claim: Claim, answer: KeptAnswer, transaction?: Transaction): Promise<void> {
    const text = Buffer.from(JSON.stringify(answer));
    const sealed = this.keyring.seal(idempotentAnswerContext(claim.mark), text);
    if (!(await this.marks.keep(claim, sealed, transaction))) throw inFlight();
  }

  /**
   * Forgets the request, which may then be sent again as if it never had been; unless its answer is
   * there, since then it was done.
   */
  release(claim: Claim): Promise<void> {
    return this.marks.release(claim, claim.claimId);
  }

  /** Removes marks that are too old to count. */
  @Every('60 s', 'sweep idempotency keys')
  sweep(): Promise<Progress> {
    return this.marks.sweep();
  }
}

function inFlight(): IdempotencyInFlight {
  return new IdempotencyInFlight(undefined, {
    retryAfter: 1,
  });
}

/** The same text for the same JSON, in whatever order its members came. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1)))
      : child,
  );
}
