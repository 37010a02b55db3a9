import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import type { RoomEvents, RoomState } from './feed.schema.js';
import { Listener, type Person } from './listener.js';
import type { Delivery } from './event-batch.js';
import type { Arrival } from './feed-access.repository.js';

type Item = RoomEvents['items'][number];

/** A feed as single answers, for clients that cannot stream; it ends with the first event. */
export class LongPoll extends Listener {
  /** Every answer contains the number of people, but a change of it causes no answer. */
  readonly wantsPeople = false;
  isOver = false;
  /** Resolves when there is something to answer, or the wait is over. */
  readonly ended: Promise<void>;
  private finish!: () => void;
  private readonly items: (Omit<Item, 'at'> & { readonly at?: Date })[] = [];

  constructor(arrival: Arrival, person: Person, cursor: number) {
    super(arrival, person, cursor);
    this.ended = new Promise((resolve) => {
      this.finish = () => {
        this.isOver = true;
        resolve();
      };
    });
  }

  begin(_state: RoomState, isReset: boolean): void {
    if (!isReset) return;
    this.items.push({ id: null, type: 'reset', data: {} });
    this.finish();
  }

  protected deliver({ events }: Delivery): void {
    for (const { id, type, at, data } of events)
      this.items.push({ id: String(id), type, at, data });
    this.finish();
  }

  lacks(): boolean {
    return false;
  }

  showPeople(): void {}

  keepAlive(): void {}

  /** Only its token, because the wait of its client is bounded. */
  hasHadItsTime(now: number): boolean {
    return now >= this.tokenEndsAt;
  }

  renew(): void {
    this.finish();
  }

  dismiss(reason: RemovalReason): void {
    if (this.isOver) return;
    this.items.push({ id: null, type: 'removed', data: { reason } });
    this.finish();
  }

  /** Answers with the events so far, possibly none. */
  sendElsewhere(): void {
    this.finish();
  }

  answer(state: RoomState): RoomEvents {
    const items = this.items.map((item) => ({ at: state.serverTime, ...item }));
    return { items, lastEventId: String(this.cursor), state };
  }
}
