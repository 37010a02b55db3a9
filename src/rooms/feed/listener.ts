import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import type { RoomState } from './feed.schema.js';
import type { EventBatch, Delivery } from './event-batch.js';
import { type FeedAccess, mayReceiveNames, verdictOn } from './feed-access.policy.js';
import type { Arrival, Watched } from './feed-access.repository.js';

/** The number of people inside, and a mark that changes with the people. */
export interface People {
  readonly count: number;
  readonly mark: string;
}

export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  /** The database's time of the request, and the end of its token if feeds end with it. */
  readonly seenAt?: Date;
  readonly tokenEndsAt?: Date;
}

let listeners = 0;

/** A listener of a room, in one of the two forms of the feed. */
export abstract class Listener implements Watched {
  readonly number = listeners++;
  readonly roomId: string;
  readonly userId: string;
  readonly sessionId: string;
  mark: string;
  receivesNames: boolean;
  /** The seat that listening keeps; a host may have none. */
  seatId: string | null;
  /** When the seat was last touched, in monotonic milliseconds. */
  touchedAt: number;
  /** The number of the last event that was considered for this listener. */
  cursor: number;
  /** Whether a removal was sent to them since the last check. */
  wasSentRemoved = false;
  /** The end of the token, in monotonic milliseconds. */
  protected readonly tokenEndsAt: number;

  constructor({ roomId, mark, feedAccess, isFresh }: Arrival, person: Person, cursor: number) {
    this.roomId = roomId;
    this.userId = person.userId;
    this.sessionId = person.sessionId;
    this.mark = mark;
    this.receivesNames = mayReceiveNames(feedAccess);
    this.seatId = feedAccess.seatId;
    this.touchedAt = isFresh ? performance.now() : -Infinity;
    this.cursor = cursor;
    const { seenAt, tokenEndsAt } = person;
    const left = seenAt && tokenEndsAt ? tokenEndsAt.getTime() - seenAt.getTime() : Infinity;
    this.tokenEndsAt = performance.now() + left;
  }

  receive(batch: EventBatch): void {
    if (batch.last <= this.cursor || this.isOver) return;
    const delivery = batch.deliveryFor(this.userId, this.sessionId, this.cursor);
    this.cursor = batch.last;
    if (delivery.events.length === 0) return;
    if (delivery.includesRemoved) this.wasSentRemoved = true;
    this.deliver(delivery);
  }

  /** Returns why it must end in this state; undefined if it may continue. */
  judge(mark: string, feedAccess: FeedAccess): RemovalReason | undefined {
    const verdict = verdictOn(feedAccess, this.seatId);
    if (verdict) return verdict.reason;
    this.mark = mark;
    this.receivesNames = mayReceiveNames(feedAccess);
    this.seatId = feedAccess.seatId;
    return undefined;
  }

  abstract readonly isOver: boolean;
  /** Begins the feed: the state of the room, and whether events are missing before it. */
  abstract begin(state: RoomState, isReset: boolean): void;
  protected abstract deliver(telling: Delivery): void;
  abstract readonly wantsPeople: boolean;
  abstract lacks(people: People): boolean;
  /** @param headline an event, the same bytes for all; with names for listeners who may see them */
  abstract showPeople(people: People, headline: Buffer): void;
  abstract keepAlive(): void;
  abstract dismiss(reason: RemovalReason): void;
  /** Whether it has reached its maximum life, in monotonic milliseconds; `renew` ends it then. */
  abstract hasHadItsTime(now: number): boolean;
  abstract renew(): void;
  /** Makes the client reconnect, here or at another replica. */
  abstract sendElsewhere(milliseconds: number): void;
}
