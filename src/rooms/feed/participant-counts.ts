import { Injectable } from '@nestjs/common';
import { ListenerRegistry } from './listener-registry.js';
import { liveFrameOf } from './feed-event.js';
import { FeedRepository } from './feed.repository.js';
import type { Listener, People } from './listener.js';

const PERIOD_MS = 1_000;

/** Sends changes of the number of people, at most once per second; hosts also get names. */
@Injectable()
export class ParticipantCounts {
  private countedAt = -Infinity;

  constructor(
    private readonly registry: ListenerRegistry,
    private readonly repository: FeedRepository,
  ) {}

  async send(): Promise<void> {
    if (performance.now() - this.countedAt < PERIOD_MS) return;
    const rooms = this.registry.rooms
      .map(({ roomId, listeners }) => ({
        roomId,
        listeners: [...listeners].filter(({ wantsPeople }) => wantsPeople),
      }))
      .filter(({ listeners }) => listeners.length > 0);
    if (rooms.length === 0) return;
    this.countedAt = performance.now();
    const counts = await this.repository.count(rooms.map(({ roomId }) => roomId));
    const peopleOf = new Map(counts.map((people) => [people.roomId, people]));
    const updates = rooms.flatMap(({ roomId, listeners }) => {
      const people = peopleOf.get(roomId);
      return people ? listeners.map((listener) => ({ listener, people })) : [];
    });
    await this.show(updates.filter(({ listener, people }) => listener.lacks(people)));
  }

  private async show(updates: readonly { listener: Listener; people: People }[]): Promise<void> {
    const named = updates.filter(({ listener }) => listener.receivesNames);
    const roomIds = [...new Set(named.map(({ listener }) => listener.roomId))];
    const names =
      roomIds.length === 0 ? new Map<string, string[]>() : await this.repository.name(roomIds);
    const written = new Map<string, Buffer>();
    for (const { listener, people } of updates) {
      const { receivesNames, roomId } = listener;
      const key = `${receivesNames} ${roomId}`;
      const data = { count: people.count, ...(receivesNames && { names: names.get(roomId) }) };
      const headline = written.get(key) ?? Buffer.from(liveFrameOf('participants', data));
      written.set(key, headline);
      listener.showPeople(people, headline);
    }
  }
}
