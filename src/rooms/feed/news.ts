import { Injectable } from '@nestjs/common';
import { Audience, type RoomFeed } from './audience.js';
import type { FeedEvent } from './feed-event.js';
import { FeedRepository, PAGE } from './feed.repository.js';
import type { Listener } from './listener.js';
import { RoomNews } from './room-news.js';

/** Tells new events: one statement for all rooms of the replica, whoever many listen. */
@Injectable()
export class News {
  constructor(
    private readonly audience: Audience,
    private readonly repository: FeedRepository,
  ) {}

  /** @returns those who may have lost their right to listen */
  async tell(): Promise<Set<Listener>> {
    const doubtful = new Set<Listener>();
    let { rooms } = this.audience;
    while (rooms.length > 0) rooms = await this.tellOf(rooms, doubtful);
    return doubtful;
  }

  /** @returns the rooms that may have more */
  private async tellOf(rooms: readonly RoomFeed[], doubtful: Set<Listener>): Promise<RoomFeed[]> {
    const events = await this.repository.findNews(
      rooms.map(({ roomId }) => roomId),
      rooms.map(({ cursor }) => cursor),
    );
    if (events.length === 0) return [];
    const byRoom = groupByRoom(events);
    return rooms.filter((room) => {
      const news = new RoomNews(byRoom.get(room.roomId) ?? []);
      if (news.size === 0) return false;
      // Never back, where another reading was faster.
      room.cursor = Math.max(room.cursor, news.last);
      this.audience.told += news.size * room.listeners.size;
      for (const listener of room.listeners) {
        listener.hear(news);
        const { userId, sessionId } = listener;
        if (news.endsRightOf(userId, sessionId)) doubtful.add(listener);
      }
      return news.size === PAGE;
    });
  }
}

function groupByRoom(events: readonly FeedEvent[]): Map<string, FeedEvent[]> {
  const byRoom = new Map<string, FeedEvent[]>();
  for (const event of events) {
    const news = byRoom.get(event.roomId);
    if (news) news.push(event);
    else byRoom.set(event.roomId, [event]);
  }
  return byRoom;
}
