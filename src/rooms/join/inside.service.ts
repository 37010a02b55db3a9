import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { refusalOfBanned, refusalToStay, roleIn } from '../entry/entry.policy.js';
import { NoSuchRoom } from '../../platform/http/problems.js';
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
    const { seatId, generation, serveUntil, serverTime } = await this.findSeated(room, caller);
    if (!(await this.presence.touch(seatId))) throw notInRoom();
    // Without a token there is nothing to wait for: join again at once.
    return { generation, refreshAfter: serveUntil ?? serverTime, serverTime };
  }

  /** @throws {NotInRoom} if the caller holds no seat (any more) */
  async leave(room: string, caller: Caller): Promise<void> {
    const { seatId } = await this.find(room, caller);
    if (seatId === null || !(await this.presence.leave(seatId))) throw notInRoom();
  }

  /**
   * The caller's seat in the room, if he may stay.
   * @throws {NotInRoom} if he holds none (any more)
   */
  async findSeated(room: string, caller: Caller): Promise<Entry & { readonly seatId: string }> {
    const entry = await this.find(room, caller);
    const banned = refusalOfBanned(entry);
    if (banned) throw banned;
    // First, since a room that ends takes the seats with it.
    const refusal = refusalToStay(entry);
    if (refusal) throw refusal;
    if (!isSeated(entry)) throw notInRoom();
    return entry;
  }

  private async find(room: string, caller: Caller): Promise<Entry> {
    const entry = await this.entries.read(room, caller);
    // Whoever holds a seat knows of the room, though he may have lost the right to stay.
    if (!entry || (!entry.holdsSeat && !roleIn(entry))) throw new NoSuchRoom();
    return entry;
  }
}

function isSeated(entry: Entry): entry is Entry & { readonly seatId: string } {
  return entry.seatId !== null;
}

function notInRoom(): NotInRoom {
  return new NotInRoom();
}
