import { Injectable, Logger } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import type { Caller } from '../../platform/access/principal.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { NotFound } from '../../platform/http/problems.js';
import type { Transaction } from '../../platform/database/database.js';
import { describeDatabaseError } from '../../platform/database/database-errors.js';
import {
  CasUnavailable,
  GenerationChanged,
  NoLiveToken,
  RekeyPaused,
} from '../../tokens/protocol/tokens.problems.js';
import { TokensService } from '../../tokens/tokens.service.js';
import {
  type DueRekey,
  type PendingRekey,
  PendingRekeysRepository,
} from './pending-rekeys.repository.js';

/** A user that a re-key leaves behind, and the reason. */
export interface Eviction {
  readonly roomId: string;
  readonly userId: string;
  readonly reason: 'banned' | 'kicked';
  readonly caller: Caller;
}

/** Errors that mean that the generation has already ended, or that there was none. */
const SETTLED = [GenerationChanged, NoLiveToken];

/**
 * Re-keys that leave a user behind. They are recorded in the transaction of the ban or kick, and
 * remain until they are done or pointless, so that no restart and no pause loses them.
 */
@Injectable()
export class EvictionsService {
  private readonly logger = new Logger('Evictions');

  constructor(
    private readonly pending: PendingRekeysRepository,
    private readonly tokens: TokensService,
  ) {}

  /** Must be called before the event of the same transaction. */
  async record(
    transaction: Transaction,
    { roomId, userId, reason, caller }: Eviction,
  ): Promise<PendingRekey> {
    const { requestId } = caller.origin;
    const rekey = { id: uuidv7(), roomId, reason, userId, requestId, actorId: caller.userId };
    await this.pending.add(transaction, rekey);
    return rekey;
  }

  /**
   * Must follow the commit of the ban or kick: until then the user may receive the new generation.
   * @throws {CasUnavailable} with a sentence about what is in force anyway
   */
  async carryOut(rekey: PendingRekey, { reason, caller }: Eviction): Promise<void> {
    const { roomId, userId } = rekey;
    if (await this.pending.defer(roomId)) return;
    try {
      const generation = await this.tokens.presentGeneration(roomId);
      const whom = userId === null ? {} : { userId };
      await this.tokens.rekey(roomId, { generation, reason, actor: caller, ...whom });
    } catch (error) {
      // A pause that began just now belongs to another re-key, whose token the user did not receive
      // either.
      if (!isSettled(error) && !(error instanceof RekeyPaused)) {
        if (!(error instanceof CasUnavailable)) throw error;
        await this.pending.remove(rekey);
        throw new CasUnavailable(
          `The user is ${reason}, but CAS returns no new token, and the current token, which they may have, stays valid: re-key the room after retryAfter seconds.`,
          error.members,
        );
      }
    }
    await this.pending.remove(rekey);
  }

  /** Starts the due re-keys without waiting for them, so that a hanging re-key delays no other. */
  @Every('500 ms', 're-key after pauses')
  async carryOutDue(): Promise<void> {
    for (const rekey of await this.pending.takeDue())
      this.carryOutLater(rekey).catch((error: unknown) => {
        const { roomId } = rekey;
        this.logger.warn(
          { roomId, ...describeDatabaseError(error) },
          'a re-key was aborted by an error',
        );
      });
  }

  private async carryOutLater(rekey: DueRekey): Promise<void> {
    const { roomId, isOver } = rekey;
    try {
      if (!isOver) await this.tokens.rekey(roomId, wishOf(rekey));
    } catch (error) {
      if (error instanceof CasUnavailable || error instanceof RekeyPaused)
        return this.pending.postpone(rekey);
      if (!isSettled(error) && !(error instanceof NotFound)) throw error;
    }
    await this.pending.remove(rekey);
  }
}

// The entry of the ban or kick, with the same request id, contains the caller's address.
function wishOf({ generation, reason, actorId, userId, requestId }: DueRekey) {
  const actor = { userId: actorId, origin: requestId === null ? {} : { requestId } };
  return { generation, reason, actor, ...(userId !== null && { userId }) };
}

function isSettled(error: unknown): boolean {
  return SETTLED.some((kind) => error instanceof kind);
}
