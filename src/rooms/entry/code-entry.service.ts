import { Injectable } from '@nestjs/common';
import { otherThan } from '../../platform/http/credential-forms.js';
import { networkOf } from '../../platform/http/network.js';
import { SessionEnded } from '../../platform/http/problems.js';
import { Database, reservedStatement } from '../../platform/database/database.js';
import { violates } from '../../platform/database/database-errors.js';
import { AccessCodes } from '../settings/access-codes.js';
import { type GuessQuota, RateLimits } from '../../platform/limits/rate-limits.service.js';
import { AccessCodeWrong } from './entry.problems.js';
import { WrongCodesService } from './wrong-codes.service.js';

const GRANT = reservedStatement(
  'access-code.grant',
  `insert into access_code_grants (room_id, user_id, version) values ($1, $2, $3)
   on conflict (room_id, user_id) do update set version = excluded.version`,
);

export interface CodeGuess {
  readonly roomId: string;
  /** The person whose wrong guesses are counted. */
  readonly guesser: string;
  /** The origin whose wrong guesses are counted too, and the limit of such origins. */
  readonly from: readonly [limit: GuessQuota, key: string];
  readonly code: string;
  readonly hash: Buffer;
}

export interface CodeAttempt extends Omit<CodeGuess, 'guesser' | 'from'> {
  readonly userId: string;
  readonly address: string;
  /** Version of the room's code; a grant is valid for this version only. */
  readonly version: number;
}

/** Checks the access codes of rooms. A user enters a code once, until it changes. */
@Injectable()
export class CodeEntryService {
  constructor(
    private readonly database: Database,
    private readonly codes: AccessCodes,
    private readonly limits: RateLimits,
    private readonly wrongCodes: WrongCodesService,
  ) {}

  /** Checks a code, and records a right one. @throws {AccessCodeWrong} @throws {RateLimited} */
  give({ userId, address, version, ...guess }: CodeAttempt): Promise<void> {
    const { roomId } = guess;
    const from = ['access-code-network', networkOf(address)] as const;
    const record = () => this.grant(roomId, userId, version);
    return this.check({ ...guess, guesser: userId, from }, record);
  }

  /** @param record runs before a right guess resets the count @throws as `give` */
  async check(
    { roomId, guesser, from: [limit, origin], code, hash }: CodeGuess,
    record: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const judge = () => this.codes.matches(roomId, code, hash);
    const isRight = await this.limits.guess([['access-code', `${roomId}|${guesser}`]], async () => {
      if (!(await this.limits.guessUncounted(limit, `${roomId}|${origin}`, judge))) return false;
      await record();
      return true;
    });
    if (isRight) return;
    await this.wrongCodes.count(roomId);
    const other = otherThan('access code', code);
    if (other === undefined) throw new AccessCodeWrong();
    // A code may have any form, so its form alone does not make it wrong.
    throw new AccessCodeWrong(
      `The access code is wrong, and looks like ${other}: send the code that you got from the room's hosts.`,
    );
  }

  private async grant(roomId: string, userId: string, version: number): Promise<void> {
    try {
      await this.database.query(GRANT, [roomId, userId, version]);
    } catch (error) {
      if (violates(error, 'access_code_grants_user_id_fkey')) throw new SessionEnded();
      throw error;
    }
  }
}
