export interface Shares {
  readonly places: number;
  readonly perKey: number;
  /** Maximum number of waiting works per key; further works are refused immediately. */
  readonly waitingPerKey: number;
  /** Maximum of waiting works; beyond it, the key with the most waiting works loses its newest. */
  readonly waiting?: number;
  readonly patienceMs: number;
}

/** Overdue works that are refused per iteration of the event loop. */
const REFUSED_AT_ONCE = 8;

type State = 'waiting' | 'running' | 'over';

/** A place in a queue: waited for, then held until the caller leaves it. */
export interface Turn {
  /** Resolves when the place is held; undefined if it is held already. */
  readonly begun: Promise<void> | undefined;
  /** Leaves the place or the queue; further calls have no effect. */
  leave(): void;
}

class Place implements Turn {
  begun: Promise<void> | undefined;
  state: State = 'running';
  due = Infinity;
  begin = nothing;
  refuse: (error: Error) => void = nothing;

  constructor(
    readonly key: string,
    private readonly queue: FairQueue,
  ) {}

  leave(): void {
    this.queue.leave(this);
  }
}

function nothing(): void {}

/** Shares places fairly between keys, such as users: free places rotate among waiting keys. */
export class FairQueue {
  private readonly running = new Map<string, number>();
  // In the order in which the keys are served; a key moves to the end after it was served.
  private readonly waiting = new Map<string, Place[]>();
  private total = 0;
  // All waiting places in the order of arrival, which is also the order of refusal.
  private readonly inOrder = new Set<Place>();
  private isWatching = false;

  constructor(
    private readonly shares: Shares,
    private readonly refusal: () => Error,
  ) {}

  get load(): { running: number; waiting: number } {
    return { running: this.total, waiting: this.inOrder.size };
  }

  /** Takes a place, now or later; the caller must leave it in a `finally`. */
  enter(key: string): Turn {
    const place = new Place(key, this);
    if (this.hasRoomFor(key)) this.hold(place);
    else this.wait(place);
    return place;
  }

  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turn = this.enter(key);
    try {
      if (turn.begun) await turn.begun;
      return await work();
    } finally {
      turn.leave();
    }
  }

  leave(place: Place): void {
    const { state, key } = place;
    place.state = 'over';
    if (state === 'waiting') {
      this.forget(place);
      place.refuse(this.refusal());
    } else if (state === 'running') {
      const wasFull = this.total >= this.shares.places;
      this.total -= 1;
      const held = (this.running.get(key) ?? 1) - 1;
      if (held > 0) this.running.set(key, held);
      else this.running.delete(key);
      // Unless all places were taken, a key waits only for its own share.
      if (wasFull) this.beginNext(this.waiting.keys());
      else this.beginNext([key]);
    }
  }

  private hasRoomFor(key: string): boolean {
    const { places, perKey } = this.shares;
    return this.total < places && (this.running.get(key) ?? 0) < perKey;
  }

  private hold(place: Place): void {
    this.total += 1;
    this.running.set(place.key, (this.running.get(place.key) ?? 0) + 1);
    place.state = 'running';
  }

  private wait(place: Place): void {
    const { waitingPerKey, waiting = Infinity } = this.shares;
    const others = this.waiting.get(place.key) ?? [];
    const isFull = this.inOrder.size >= waiting && !this.refuseOneOfMoreThan(others.length + 1);
    if (isFull || others.length >= waitingPerKey) {
      place.state = 'over';
      throw this.refusal();
    }
    place.state = 'waiting';
    place.due = performance.now() + this.shares.patienceMs;
    this.inOrder.add(place);
    others.push(place);
    this.waiting.set(place.key, others);
    place.begun = new Promise<void>((resolve, reject) => {
      place.begin = resolve;
      place.refuse = reject;
    });
    this.watch(this.shares.patienceMs);
  }

  private watch(milliseconds: number): void {
    if (this.isWatching) return;
    this.isWatching = true;
    setTimeout(this.refuseDue, milliseconds).unref();
  }

  /** Refuses a few at a time, because writing a thousand refusals would delay everybody. */
  private readonly refuseDue = () => {
    this.isWatching = false;
    let refused = 0;
    for (const place of this.inOrder) {
      const left = place.due - performance.now();
      if (left > 0 || refused >= REFUSED_AT_ONCE) return this.watch(Math.max(1, left));
      refused += 1;
      place.leave();
    }
  };

  private refuseOneOfMoreThan(own: number): boolean {
    let most: Place[] = [];
    for (const places of this.waiting.values()) if (places.length > most.length) most = places;
    if (most.length <= own) return false;
    most.at(-1)?.leave();
    return true;
  }

  private beginNext(keys: Iterable<string>): void {
    for (const key of keys) {
      const [place] = this.waiting.get(key) ?? [];
      if (!place || !this.hasRoomFor(key)) continue;
      this.forget(place);
      const others = this.waiting.get(key);
      if (others) {
        this.waiting.delete(key);
        this.waiting.set(key, others);
      }
      this.hold(place);
      place.begin();
      return;
    }
  }

  private forget(place: Place): void {
    if (!this.inOrder.delete(place)) return;
    const places = this.waiting.get(place.key) ?? [];
    places.splice(places.indexOf(place), 1);
    if (places.length === 0) this.waiting.delete(place.key);
  }
}
