import { Injectable } from '@nestjs/common';
import { ListenerRegistry, type RoomFeed } from './listener-registry.js';
import type { FeedEvent } from './feed-event.js';
import { FeedRepository, PAGE } from './feed.repository.js';
import type { Listener } from './listener.js';
import { EventBatch } from './event-batch.js';

/** Dispatches new events, with one statement for all rooms of the replica. */
@Injectable()
export class EventDispatcher {
  constructor(
    private readonly registry: ListenerRegistry,
    private readonly repository: FeedRepository,
  ) {}

  /** @returns the listeners who may have lost their right to listen */
  async dispatch(): Promise<Set<Listener>> {
    const uncertain = new Set<Listener>();
    let { rooms } = this.registry;
    while (rooms.length > 0) rooms = await this.dispatchTo(rooms, uncertain);
    return uncertain;
  }

  /** @returns the rooms that may have more events */
  private async dispatchTo(
    rooms: readonly RoomFeed[],
    uncertain: Set<Listener>,
  ): Promise<RoomFeed[]> {
    const events = await this.repository.findEvents(
      rooms.map(({ roomId }) => roomId),
      rooms.map(({ cursor }) => cursor),
    );
    if (events.length === 0) return [];
    const byRoom = groupByRoom(events);
    return rooms.filter((room) => {
      const batch = new EventBatch(byRoom.get(room.roomId) ?? []);
      if (batch.size === 0) return false;
      // Never moves back, because a concurrent read may have been faster.
      room.cursor = Math.max(room.cursor, batch.last);
      this.registry.delivered += batch.size * room.listeners.size;
      for (const listener of room.listeners) {
        listener.receive(batch);
        const { userId, sessionId } = listener;
        if (batch.endsRightOf(userId, sessionId)) uncertain.add(listener);
      }
      return batch.size === PAGE;
    });
  }
}

function groupByRoom(events: readonly FeedEvent[]): Map<string, FeedEvent[]> {
  const byRoom = new Map<string, FeedEvent[]>();
  for (const event of events) {
    const batch = byRoom.get(event.roomId);
    if (batch) batch.push(event);
    else byRoom.set(event.roomId, [event]);
  }
  return byRoom;
}
