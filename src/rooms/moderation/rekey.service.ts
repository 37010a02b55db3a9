import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { RoomsService } from '../settings/rooms.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { GenerationChanged, RekeyPaused } from '../../tokens/protocol/tokens.problems.js';
import { type Rekey, TokensService } from '../../tokens/tokens.service.js';
import { type Move, ParticipantsRepository } from './participants.repository.js';
import type { RekeyRoom } from './rekey.schema.js';

/** Moves everyone in a room to a new token, on request. */
@Injectable()
export class RekeyService {
  constructor(
    private readonly rooms: RoomsService,
    private readonly tokens: TokensService,
    private readonly participants: ParticipantsRepository,
    private readonly limits: RateLimits,
  ) {}

  /**
   * @throws {GenerationChanged} @throws {NoLiveToken} @throws {RekeyPaused} never for a dry run
   * @throws {RateLimited} after too many dry runs
   * @throws {CasUnavailable} if there is no new token; the current token stays valid
   */
  async rekey(
    room: string,
    { reason, generation: named, dryRun }: RekeyRoom,
    caller: Caller,
  ): Promise<{ generation: number; moves: Move[] }> {
    const { id } = await this.rooms.findAsHost(room, caller);
    if (dryRun) await this.limits.take('rekey-dry-run', id);
    const present = await this.tokens.presentGeneration(id);
    if (named !== undefined && named !== present)
      throw new GenerationChanged(
        `The room has generation ${present} now: read it again, and repeat the request if you want to end that generation.`,
      );
    const generation = dryRun
      ? present
      : await this.end(id, { generation: present, reason, actor: caller });
    return { generation, moves: await this.participants.listMoves(id) };
  }

  private async end(roomId: string, rekey: Rekey): Promise<number> {
    try {
      return await this.tokens.rekey(roomId, rekey);
    } catch (error) {
      if (error instanceof RekeyPaused) this.limits.noteRefusal('rekey');
      throw error;
    }
  }
}
