import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/principal.js';
import { refusalToStay, roleIn } from '../admission/entry.policy.js';
import { NotFound } from '../common/problems.js';
import { PresenceService } from '../presence/presence.service.js';
import { type Entry, EntryRepository } from './entry.repository.js';
import { NotInRoom } from './join.problems.js';
import type { Heartbeat } from './join.schema.js';

/** For people inside: saying that one is still there, and leaving. */
@Injectable()
export class InsideService {
  constructor(
    private readonly entries: EntryRepository,
    private readonly presence: PresenceService,
  ) {}

  /** @throws {NotInRoom} if the caller holds no seat (any more) */
  async beat(room: string, caller: Caller): Promise<Heartbeat> {
    const entry = await this.find(room, caller);
    const { seatId } = entry;
    if (seatId === null) throw notInRoom();
    const refusal = refusalToStay(entry);
    if (refusal) throw refusal;
    if (!(await this.presence.touch(seatId))) throw notInRoom();
    const { generation, serveUntil, serverTime } = entry;
    // Without a token there is nothing to wait for: join again at once.
    return { generation, refreshAfter: serveUntil ?? serverTime, serverTime };
  }

  /** @throws {NotInRoom} if the caller holds no seat (any more) */
  async leave(room: string, caller: Caller): Promise<void> {
    const { seatId } = await this.find(room, caller);
    if (seatId === null || !(await this.presence.leave(seatId))) throw notInRoom();
  }

  private async find(room: string, caller: Caller): Promise<Entry> {
    const entry = await this.entries.read(room, caller);
    // Whoever holds a seat knows of the room, though he may have lost the right to stay.
    if (!entry || (!entry.holdsSeat && !roleIn(entry)))
      throw new NotFound('There is no such room.');
    return entry;
  }
}

function notInRoom(): NotInRoom {
  return new NotInRoom('You are not in this room; join it first.');
}
