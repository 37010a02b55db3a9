import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { refusalOfBanned, refusalToStay, roleIn } from '../entry/entry.policy.js';
import { NoSuchRoom } from '../../platform/http/problems.js';
import { PresenceService } from '../presence/presence.service.js';
import { type Entry, EntryRepository } from './entry.repository.js';
import { NotInRoom } from './join.problems.js';
import type { Heartbeat } from './join.schema.js';

/** Heartbeats and leaving, for people inside. */
@Injectable()
export class InsideService {
  constructor(
    private readonly entries: EntryRepository,
    private readonly presence: PresenceService,
  ) {}

  /** @throws {NotInRoom} if the caller does not hold a seat */
  async beat(room: string, caller: Caller): Promise<Heartbeat> {
    const { seatId, generation, serveUntil, serverTime } = await this.findSeated(room, caller);
    if (!(await this.presence.touch(seatId))) throw notInRoom();
    // Without a live token there is nothing to wait for: the client should join again immediately.
    return { generation, refreshAfter: serveUntil ?? serverTime, serverTime };
  }

  /** @throws {NotInRoom} if the caller does not hold a seat */
  async leave(room: string, caller: Caller): Promise<void> {
    const { seatId } = await this.find(room, caller);
    if (seatId === null || !(await this.presence.leave(seatId))) throw notInRoom();
  }

  /** Returns the caller's seat, if they may stay. @throws {NotInRoom} */
  async findSeated(room: string, caller: Caller): Promise<Entry & { readonly seatId: string }> {
    const entry = await this.find(room, caller);
    const banned = refusalOfBanned(entry);
    if (banned) throw banned;
    // Checked first, because a room that ends also ends the seats.
    const refusal = refusalToStay(entry);
    if (refusal) throw refusal;
    if (!isSeated(entry)) throw notInRoom();
    return entry;
  }

  private async find(room: string, caller: Caller): Promise<Entry> {
    const entry = await this.entries.read(room, caller);
    // A caller with a seat knows the room, even if they have lost the right to stay.
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
