import type { FeedEvent } from './feed-event.js';

/** Events for a listener, serialised once for all listeners who receive the same events. */
export class Delivery {
  private bytes: Buffer | undefined;

  readonly includesRemoved: boolean;

  constructor(readonly events: readonly FeedEvent[]) {
    this.includesRemoved = events.some(({ type }) => type === 'removed');
  }

  get frames(): Buffer {
    this.bytes ??= Buffer.concat(this.events.map(({ frame }) => frame));
    return this.bytes;
  }
}

/** Events of a room that were read together, in order. */
export class EventBatch {
  /** Numbers of the first and the last event; 0 if there are none. */
  readonly first: number;
  readonly last: number;
  private readonly addressees: ReadonlySet<string>;
  private readonly ending: readonly FeedEvent[];
  private forMost: Delivery | undefined;

  constructor(readonly events: readonly FeedEvent[]) {
    this.first = events[0]?.id ?? 0;
    this.last = events.at(-1)?.id ?? 0;
    this.addressees = new Set(events.flatMap(({ addressees }) => addressees));
    this.ending = events.filter(({ endsRights }) => endsRights);
  }

  get size(): number {
    return this.events.length;
  }

  /** Whether an event may have ended this sign-in's right to listen. */
  endsRightOf(userId: string, sessionId: string): boolean {
    return this.ending.some((event) => event.endsRightOf(userId, sessionId));
  }

  /** Returns the events for a listener; the same object for all who receive the same events. */
  deliveryFor(userId: string, sessionId: string, after: number): Delivery {
    const isNamed = this.addressees.has(userId) || this.addressees.has(sessionId);
    if (after < this.first && !isNamed) {
      this.forMost ??= new Delivery(this.events.filter((event) => event.addressees.length === 0));
      return this.forMost;
    }
    return new Delivery(
      this.events.filter((event) => event.id > after && event.isFor(userId, sessionId)),
    );
  }
}
