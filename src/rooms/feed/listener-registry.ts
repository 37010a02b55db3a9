import { Injectable } from '@nestjs/common';
import type { Listener } from './listener.js';
import { TooManyFeeds, TooManyFeedsOfSignIn } from './feed.problems.js';

/** Feeds of one sign-in, over all rooms. */
const MOST_OF_SESSION = 8;

/** Feeds of a replica: some 15 KiB each. */
export const MOST_OF_REPLICA = 20_000;

/** Milliseconds after which a feed may come again that gave its place to a newer one. */
const DISPLACED_MS = 30_000;

/** A room to which somebody on this replica listens. */
export interface RoomFeed {
  readonly roomId: string;
  /** The number of the last event that was told. */
  cursor: number;
  readonly listeners: Set<Listener>;
}

/** Everybody on this replica who listens. */
@Injectable()
export class ListenerRegistry {
  /** Listeners times events, for the metrics. */
  delivered = 0;
  /** Slow readers who were cut off. */
  cut = 0;
  size = 0;
  private readonly feeds = new Map<string, RoomFeed>();
  private readonly attached = new Set<Listener>();
  private readonly bySession = new Map<string, Listener[]>();

  constructor(private readonly most: number) {}

  get rooms(): RoomFeed[] {
    return [...this.feeds.values()];
  }

  /** Those who have caught up and are told what comes. */
  get listeners(): Listener[] {
    return [...this.attached];
  }

  /**
   * Takes a place, which `leave` gives back. A phone that lost its network and comes again is not
   * refused since its old connections have not been missed yet: the oldest in the room makes way.
   * @throws {Overloaded} if the replica is full
   * @throws {RateLimited} if the sign-in has too many feeds, in other rooms
   */
  enter(listener: Listener): void {
    if (this.size >= this.most) throw new TooManyFeeds();
    const others = this.othersOf(listener);
    if (others.length >= MOST_OF_SESSION) {
      const oldest = others.find(({ roomId }) => roomId === listener.roomId);
      if (!oldest) throw new TooManyFeedsOfSignIn();
      oldest.sendElsewhere(DISPLACED_MS);
      this.leave(oldest);
    }
    this.bySession.set(listener.sessionId, [...this.othersOf(listener), listener]);
    this.size += 1;
  }

  /** False if the room was told of events that this listener has yet to catch up with. */
  attach(listener: Listener): boolean {
    const { roomId, cursor } = listener;
    const feed = this.feeds.get(roomId);
    if (!feed) this.feeds.set(roomId, { roomId, cursor, listeners: new Set([listener]) });
    else if (cursor >= feed.cursor) feed.listeners.add(listener);
    else return false;
    this.attached.add(listener);
    return true;
  }

  /** Has those come again whose time is over, and forgets those who are gone or going. */
  renew(now = performance.now()): void {
    for (const listener of this.listeners) {
      if (!listener.isOver && !listener.hasHadItsTime(now)) continue;
      listener.renew();
      this.leave(listener);
    }
  }

  /** Gives the place back; once, however often it is called. */
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

  /** The other feeds of the same sign-in, the oldest first. */
  private othersOf(listener: Listener): Listener[] {
    const all = this.bySession.get(listener.sessionId) ?? [];
    return all.filter((other) => other !== listener);
  }
}
