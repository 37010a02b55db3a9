import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import type { RoomState } from './feed.schema.js';
import type { EventBatch, Delivery } from './event-batch.js';
import { type FeedAccess, mayReceiveNames, verdictOn } from './feed-access.policy.js';
import type { Arrival, Watched } from './feed-access.repository.js';

/** How many are inside, and a mark that changes when it is others. */
export interface People {
  readonly count: number;
  readonly mark: string;
}

export interface Person {
  readonly userId: string;
  readonly sessionId: string;
}

let listeners = 0;

/** Somebody who listens to a room, in one of the two forms. */
export abstract class Listener implements Watched {
  /** Counts the listeners of this process. */
  readonly number = listeners++;
  readonly roomId: string;
  readonly userId: string;
  readonly sessionId: string;
  mark: string;
  receivesNames: boolean;
  /** The seat that is kept by listening; a host may have none. */
  seatId: string | null;
  /** When the seat was touched, monotonic milliseconds. */
  touchedAt: number;
  /** The number of the last event that was looked at for this listener. */
  cursor: number;
  /** Whether he was told, since he was judged last, that he is removed. */
  wasSentRemoved = false;

  constructor({ roomId, mark, feedAccess, isFresh }: Arrival, person: Person, cursor: number) {
    this.roomId = roomId;
    this.userId = person.userId;
    this.sessionId = person.sessionId;
    this.mark = mark;
    this.receivesNames = mayReceiveNames(feedAccess);
    this.seatId = feedAccess.seatId;
    this.touchedAt = isFresh ? performance.now() : -Infinity;
    this.cursor = cursor;
  }

  /** Takes what comes after its cursor and concerns it. */
  receive(batch: EventBatch): void {
    if (batch.last <= this.cursor || this.isOver) return;
    const delivery = batch.deliveryFor(this.userId, this.sessionId, this.cursor);
    this.cursor = batch.last;
    if (delivery.events.length === 0) return;
    if (delivery.includesRemoved) this.wasSentRemoved = true;
    this.deliver(delivery);
  }

  /** Why it must end, now that it stands like this; undefined if it may go on. */
  judge(mark: string, feedAccess: FeedAccess): RemovalReason | undefined {
    const verdict = verdictOn(feedAccess, this.seatId);
    if (verdict) return verdict.reason;
    this.mark = mark;
    this.receivesNames = mayReceiveNames(feedAccess);
    this.seatId = feedAccess.seatId;
    return undefined;
  }

  abstract readonly isOver: boolean;
  /** The first that it is told: how the room stands, and whether events are missing before it. */
  abstract begin(state: RoomState, isReset: boolean): void;
  protected abstract deliver(telling: Delivery): void;
  /** Whether it is told of the people inside; and whether it does not know of these yet. */
  abstract readonly wantsPeople: boolean;
  abstract lacks(people: People): boolean;
  /** @param headline an event, the same bytes for all; with names for those who are told them */
  abstract showPeople(people: People, headline: Buffer): void;
  /** Something to see that the connection is alive. */
  abstract keepAlive(): void;
  /** Its right has ended. */
  abstract dismiss(reason: RemovalReason): void;
  /** Whether it has lasted as long as it may, in monotonic milliseconds; and its end then. */
  abstract hasHadItsTime(now: number): boolean;
  abstract renew(): void;
  /** It shall come again, here or at another replica. */
  abstract sendElsewhere(milliseconds: number): void;
}
