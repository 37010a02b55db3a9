import { Injectable } from '@nestjs/common';
import type { Listener } from './listener.js';
import { TooManyFeeds, TooManyFeedsOfSignIn } from './feed.problems.js';

/** Maximum number of feeds per sign-in, over all rooms. */
const MOST_OF_SESSION = 8;

/** Maximum number of feeds per replica; each takes about 15 KiB. */
export const MOST_OF_REPLICA = 20_000;

/** Milliseconds after which the client of a displaced feed may reconnect. */
const DISPLACED_MS = 30_000;

export interface RoomFeed {
  readonly roomId: string;
  cursor: number;
  readonly listeners: Set<Listener>;
}

@Injectable()
export class ListenerRegistry {
  /** Delivered events, counted per listener, for the metrics. */
  delivered = 0;
  cut = 0;
  size = 0;
  private readonly feeds = new Map<string, RoomFeed>();
  private readonly attached = new Set<Listener>();
  private readonly bySession = new Map<string, Listener[]>();

  constructor(private readonly most: number) {}

  get rooms(): RoomFeed[] {
    return [...this.feeds.values()];
  }

  /** Listeners who have caught up and receive new events. */
  get listeners(): Listener[] {
    return [...this.attached];
  }

  /**
   * Takes a place, which `leave` releases.
   * @throws {Overloaded} if the replica is full
   * @throws {RateLimited} if the sign-in has too many feeds in other rooms
   */
  enter(listener: Listener): void {
    if (this.size >= this.most) throw new TooManyFeeds();
    const others = this.othersOf(listener);
    if (others.length >= MOST_OF_SESSION) {
      // A phone that lost its network must not be refused because its old connections still count.
      const oldest = others.find(({ roomId }) => roomId === listener.roomId);
      if (!oldest) throw new TooManyFeedsOfSignIn();
      oldest.sendElsewhere(DISPLACED_MS);
      this.leave(oldest);
    }
    this.bySession.set(listener.sessionId, [...this.othersOf(listener), listener]);
    this.size += 1;
  }

  /** Returns false if the room has dispatched events that this listener has to catch up with. */
  attach(listener: Listener): boolean {
    const { roomId, cursor } = listener;
    const feed = this.feeds.get(roomId);
    if (!feed) this.feeds.set(roomId, { roomId, cursor, listeners: new Set([listener]) });
    else if (cursor >= feed.cursor) feed.listeners.add(listener);
    else return false;
    this.attached.add(listener);
    return true;
  }

  /** Renews the listeners whose time is over, and removes those that have ended. */
  renew(now = performance.now()): void {
    for (const listener of this.listeners) {
      if (!listener.isOver && !listener.hasHadItsTime(now)) continue;
      listener.renew();
      this.leave(listener);
    }
  }

  /** Releases the place once, however often it is called. */
  leave(listener: Listener): void {
    const { roomId, sessionId } = listener;
    if (!this.bySession.get(sessionId)?.includes(listener)) return;
    this.size -= 1;
    const others = this.othersOf(listener);
    if (others.length > 0) this.bySession.set(sessionId, others);
    else this.bySession.delete(sessionId);
    this.attached.delete(listener);
    const feed = this.feeds.get(roomId);
    feed?.listeners.delete(listener);
    if (feed?.listeners.size === 0) this.feeds.delete(roomId);
  }

  private othersOf(listener: Listener): Listener[] {
    const all = this.bySession.get(listener.sessionId) ?? [];
    return all.filter((other) => other !== listener);
  }
}
