import type { FeedEvent } from './feed-event.js';

/** Events that somebody hears, written out once for all who hear the same. */
export class Delivery {
  private bytes: Buffer | undefined;

  readonly includesRemoved: boolean;

  constructor(readonly events: readonly FeedEvent[]) {
    this.includesRemoved = events.some(({ type }) => type === 'removed');
  }

  /** The same bytes for every stream. */
  get frames(): Buffer {
    this.bytes ??= Buffer.concat(this.events.map(({ frame }) => frame));
    return this.bytes;
  }
}

/** The events of one room that were read together, in their order. */
export class EventBatch {
  /** Numbers of the first event and of the last; 0 if there is none. */
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

  /** Whether an event may have taken the right to listen away from this sign-in. */
  endsRightOf(userId: string, sessionId: string): boolean {
    return this.ending.some((event) => event.endsRightOf(userId, sessionId));
  }

  /** What somebody hears of it; the very same for all whom no event names and who miss none of it. */
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
