import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/principal.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { CasUnavailable, GenerationChanged, NoLiveToken } from '../tokens/tokens.problems.js';
import { TokensService } from '../tokens/tokens.service.js';
import { type Move, ParticipantsRepository } from './participants.repository.js';
import type { RekeyRoom } from './rekey.schema.js';

/** A new token for everybody in the room: the only way to leave somebody behind. */
@Injectable()
export class RekeyService {
  constructor(
    private readonly rooms: RoomsService,
    private readonly tokens: TokensService,
    private readonly participants: ParticipantsRepository,
  ) {}

  /**
   * @throws {GenerationChanged} if the named generation is not the present one, or ends meanwhile
   * @throws {NoLiveToken}
   * @throws {CasUnavailable} and the present token goes on
   */
  async rekey(
    room: string,
    { reason, generation: named, dryRun }: RekeyRoom,
    caller: Caller,
  ): Promise<{ generation: number; moves: Move[] }> {
    const { id } = await this.rooms.findAsHost(room, caller);
    const present = await this.tokens.presentGeneration(id);
    if (named !== undefined && named !== present)
      throw new GenerationChanged(`The room has generation ${present} now.`);
    const generation = dryRun
      ? present
      : await this.tokens.rekey(id, { generation: present, reason, actor: caller });
    return { generation, moves: await this.participants.listMoves(id) };
  }

  /**
   * Leaves somebody behind who has no right to the next token any more, which must have been
   * committed before: what he may have is the generation that is present now, or an older one. If
   * that ends by another hand, or has ended, nothing is left to do.
   * @throws {CasUnavailable} whose detail says what holds nevertheless
   */
  async leaveBehind(
    roomId: string,
    whom: { readonly userId: string; readonly reason: 'banned' | 'kicked' },
    caller: Caller,
  ): Promise<void> {
    try {
      const generation = await this.tokens.presentGeneration(roomId);
      await this.tokens.rekey(roomId, { generation, ...whom, actor: caller });
    } catch (error) {
      if (error instanceof GenerationChanged || error instanceof NoLiveToken) return;
      if (!(error instanceof CasUnavailable)) throw error;
      throw new CasUnavailable(
        `The user is ${whom.reason}, but no new token can be had; the present one, which he may have, goes on. Re-key the room.`,
        error.members,
      );
    }
  }
}
