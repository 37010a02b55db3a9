import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/principal.js';
import { refusalToStay, roleIn } from '../admission/entry.policy.js';
import { NotFound } from '../common/problems.js';
import { PresenceService } from '../presence/presence.service.js';
import { type Entry, EntryRepository } from './entry.repository.js';
import { NotInRoom } from './join.problems.js';
import type { Heartbeat } from './join.schema.js';
import { factsOf } from './join.service.js';

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
    if (!entry.seat) throw notInRoom();
    const refusal = refusalToStay(factsOf(entry, caller));
    if (refusal) throw refusal;
    if (!(await this.presence.touch(entry.seat.id))) throw notInRoom();
    const { generation, serveUntil, serverTime } = entry;
    // Without a token there is nothing to wait for: join again at once.
    return { generation, refreshAfter: serveUntil ?? serverTime, serverTime };
  }

  /** @throws {NotInRoom} if the caller holds no seat (any more) */
  async leave(room: string, caller: Caller): Promise<void> {
    const { seat } = await this.find(room, caller);
    if (!seat || !(await this.presence.leave(seat.id))) throw notInRoom();
  }

  private async find(room: string, caller: Caller): Promise<Entry> {
    const entry = await this.entries.read(room, caller);
    // Whoever holds a seat knows of the room, though he may have lost the right to stay.
    const isKnown = entry && (entry.seat || roleIn({ ...entry, role: caller.role }));
    if (!isKnown) throw new NotFound('There is no such room.');
    return entry;
  }
}

function notInRoom(): NotInRoom {
  return new NotInRoom('You are not in this room; join it first.');
}
