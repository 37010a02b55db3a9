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

/** How often a claim is retried after the mark was released concurrently; more than ever needed. */
const ATTEMPTS = 10;

export interface Attempt {
  readonly userId: string;
  /** Method and pattern; the parameters of the pattern belong to `request`. */
  readonly route: string;
  readonly key: string;
  /** Everything that must be equal when the request is sent again. */
  readonly request: unknown;
}

export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly refusal?: {
    readonly code: string;
    readonly detail: string;
    readonly members: ProblemMembers;
  };
}

/** The right to execute the request, until it is kept, released, or dead after 30 s. */
export type Claim = Mark & { readonly claimId: string };

export type Claimed =
  { readonly claim: Claim; readonly answer?: undefined } | { readonly answer: KeptAnswer };

/** Stores only hashes and ciphertext, because requests may contain passwords and addresses. */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly marks: IdempotencyRepository,
    private readonly secrets: ServerSecrets,
    private readonly keyring: Keyring,
  ) {}

  /** @throws {IdempotencyKeyReused | IdempotencyInFlight | RateLimited} */
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
        // The mark was released in the meantime without any change, so it is claimed again.
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

  /** Refuses a user with too many marks; older marks stay, because they may still be needed. */
  private async refuseCrowd(userId: string): Promise<void> {
    const retryAfter = await this.marks.findWait(userId);
    if (retryAfter === undefined) return;
    throw new RateLimited(
      `You have sent ${MOST_MARKS} requests with an Idempotency-Key within 24 hours: send this one without it, or again after retryAfter seconds.`,
      { retryAfter },
    );
  }

  /** Stores the answer with its change. @throws {IdempotencyInFlight} if the claim is taken over */
  async keep(claim: Claim, answer: KeptAnswer, transaction?: Transaction): Promise<void> {
    const text = Buffer.from(JSON.stringify(answer));
    const sealed = this.keyring.seal(idempotentAnswerContext(claim.mark), text);
    if (!(await this.marks.keep(claim, sealed, transaction))) throw inFlight();
  }

  /** Forgets a request without an answer, so that it can be sent again as a new request. */
  release(claim: Claim): Promise<void> {
    return this.marks.release(claim, claim.claimId);
  }

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

/** Returns the same text for equal JSON, whatever the order of its fields. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1)))
      : child,
  );
}
