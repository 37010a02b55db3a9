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

/** A person who is left behind by a re-key, and why. */
export interface Eviction {
  readonly roomId: string;
  readonly userId: string;
  readonly reason: 'banned' | 'kicked';
  readonly caller: Caller;
}

/** What tells that the generation to be ended has ended, or that none was there. */
const SETTLED = [GenerationChanged, NoLiveToken];

/**
 * The re-keys that leave somebody behind. They are written down in the transaction of the ban or the
 * kick, and stay until they are done or pointless: no restart and no pause loses one.
 */
@Injectable()
export class EvictionsService {
  private readonly logger = new Logger('Evictions');

  constructor(
    private readonly pending: PendingRekeysRepository,
    private readonly tokens: TokensService,
  ) {}

  /** To be called before the event of the same transaction. */
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
   * Re-keys the room at once, or leaves it to the end of the pause after another re-key. The ban or
   * the kick must have been committed: the person may have the present generation or an older one.
   * @throws {CasUnavailable} with a detail that says what holds nevertheless
   */
  async carryOut(rekey: PendingRekey, { reason, caller }: Eviction): Promise<void> {
    const { roomId, userId } = rekey;
    if (await this.pending.defer(roomId)) return;
    try {
      const generation = await this.tokens.presentGeneration(roomId);
      const whom = userId === null ? {} : { userId };
      await this.tokens.rekey(roomId, { generation, reason, actor: caller, ...whom });
    } catch (error) {
      // A pause that began only now is that of a re-key which the person was not handed either.
      if (!isSettled(error) && !(error instanceof RekeyPaused)) {
        if (!(error instanceof CasUnavailable)) throw error;
        await this.pending.remove(rekey);
        throw new CasUnavailable(
          `The user is ${reason}, but no new token can be had, and the present one, which they may have, goes on: re-key the room after retryAfter seconds.`,
          error.members,
        );
      }
    }
    await this.pending.remove(rekey);
  }

  /** Starts the re-keys that are due, and does not wait for them: one that hangs holds up no other. */
  @Every('500 ms', 're-key after pauses')
  async carryOutDue(): Promise<void> {
    for (const rekey of await this.pending.takeDue())
      this.carryOutLater(rekey).catch((error: unknown) => {
        const { roomId } = rekey;
        this.logger.warn({ roomId, ...describeDatabaseError(error) }, 'a re-key broke off');
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

// Without the address of the person who asked: the entry of the ban or the kick has it, and is found
// by the same request id.
function wishOf({ generation, reason, actorId, userId, requestId }: DueRekey) {
  const actor = { userId: actorId, origin: requestId === null ? {} : { requestId } };
  return { generation, reason, actor, ...(userId !== null && { userId }) };
}

function isSettled(error: unknown): boolean {
  return SETTLED.some((kind) => error instanceof kind);
}
