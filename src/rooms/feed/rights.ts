import { Injectable } from '@nestjs/common';
import { PresenceService } from '../presence/presence.service.js';
import { RoomEndings } from '../settings/room-endings.service.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import { dueSeats } from './due-seats.js';
import type { Listener } from './listener.js';
import { EventDispatcher } from './event-dispatcher.js';
import { FeedAccessRepository } from './feed-access.repository.js';

/** Listeners per statement; few, so that serialising the statement does not delay requests. */
const AT_ONCE = 1_000;

/** Ends the feeds of listeners who may not listen any more, and keeps the seats of the others. */
@Injectable()
export class Rights {
  constructor(
    private readonly access: FeedAccessRepository,
    private readonly presence: PresenceService,
    private readonly dispatcher: EventDispatcher,
    private readonly endings: RoomEndings,
  ) {}

  async check(listeners: readonly Listener[]): Promise<void> {
    for (let from = 0; from < listeners.length; from += AT_ONCE) {
      const some = listeners.slice(from, from + AT_ONCE).filter(({ isOver }) => !isOver);
      const ended = new Map<Listener, RemovalReason>();
      for (const { who, mark, feedAccess } of await this.access.findChanged(some)) {
        const reason = who.judge(mark, feedAccess);
        if (reason) ended.set(who, reason);
      }
      try {
        await this.endRoomsOf(ended);
      } finally {
        // Events of the same change are sent before the end of the feed.
        if (ended.size > 0) await this.dispatcher.dispatch();
        for (const [listener, reason] of ended) listener.dismiss(reason);
      }
      // A listener who may stay was removed earlier, and is inside again.
      for (const listener of some) listener.wasSentRemoved = false;
    }
  }

  /** Records the end of rooms that closed by the clock, if nobody has done so yet. */
  private async endRoomsOf(ended: ReadonlyMap<Listener, RemovalReason>): Promise<void> {
    const closed = [...ended].filter(([, reason]) => reason === 'room_closed');
    await this.endings.endAll([...new Set(closed.map(([{ roomId }]) => roomId))]);
  }

  async touchSeats(listeners: readonly Listener[]): Promise<void> {
    const now = performance.now();
    const due = dueSeats(listeners, this.access.freshSeconds * 1_000, now);
    for (let from = 0; from < due.length; from += AT_ONCE) {
      const some = due.slice(from, from + AT_ONCE);
      await this.presence.touchAll(some.map(({ seatId }) => seatId as string));
      for (const listener of some) listener.touchedAt = now;
    }
  }
}
