import { Injectable } from '@nestjs/common';
import { Problem } from '../../platform/http/problem.js';
import type { Transaction } from '../../platform/database/database.js';
import {
  IdempotencyInFlight,
  IdempotencyKeyReused,
} from '../../platform/idempotency/idempotency.problems.js';
import { canonical } from '../../platform/idempotency/idempotency.service.js';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';
import type { UserView } from '../accounts/user.schema.js';
import type { SignedIn } from './auth.schema.js';
import { OpaqueTokens } from './opaque-tokens.js';
import { SignedInAnswers } from './signed-in-answers.js';
import {
  type MadeSignIn,
  type SignInMark,
  SignInMarksRepository,
} from './sign-in-marks.repository.js';
import { SignInKeySpent } from './auth.problems.js';

export interface SignInAttempt {
  readonly route: 'guest' | 'register';
  readonly key: string | undefined;
  readonly body: unknown;
}

/** Records the created sign-in in the transaction that creates it. */
export type NoteSignIn = (transaction: Transaction, made: MadeSignIn) => Promise<void>;

/**
 * Repeats the answer to a request without a sign-in until its session is used: only a client that
 * lost the answer still needs it. The tokens are derived again, not stored.
 */
@Injectable()
export class SignInMarks {
  constructor(
    private readonly marks: SignInMarksRepository,
    private readonly secrets: ServerSecrets,
    private readonly tokens: OpaqueTokens,
    private readonly answers: SignedInAnswers,
  ) {}

  /** Executes a request once per key. @throws {IdempotencyKeyReused | IdempotencyInFlight} */
  async once<Answer>(
    { route, key, body }: SignInAttempt,
    make: (note: NoteSignIn) => Promise<Answer>,
  ): Promise<Answer | SignedIn | UserView> {
    if (key === undefined) return make(() => Promise.resolve());
    const mark = {
      mark: this.secrets.mac('sign-in mark', JSON.stringify([route, key])),
      requestHash: this.secrets.mac('sign-in request', canonical(body)),
    };
    const before = await this.repeat(mark);
    if (before) return before;
    try {
      return await make(async (transaction, made) => {
        if (!(await this.marks.write(transaction, mark, made))) throw new IdempotencyInFlight();
      });
    } catch (error) {
      // The same request may have succeeded concurrently, and used up the address or the invite.
      const meanwhile = error instanceof Problem ? await this.repeat(mark) : undefined;
      if (meanwhile) return meanwhile;
      throw error;
    }
  }

  private async repeat({
    mark,
    requestHash,
  }: SignInMark): Promise<SignedIn | UserView | undefined> {
    const found = await this.marks.find(mark);
    if (!found) return undefined;
    if (!found.requestHash.equals(requestHash)) throw new IdempotencyKeyReused();
    if (!found.isUnused) throw new SignInKeySpent();
    const { session, user } = found;
    if (!session) return user;
    const { sessionId } = session;
    const refreshToken = this.tokens.refreshToken({ sessionId, counter: 0 });
    return this.answers.answer(user, sessionId, session, refreshToken, session);
  }
}
