/** Requests that begin per iteration of the event loop; concurrent joins share a read. */
const BEGIN_AT_ONCE = 32;
/** Maximum time in a row that is reserved for new connections, in milliseconds. */
const ACCEPTING_MS = 60;
/** Minimum time between two such periods, in milliseconds. */
const REST_MS = 20;
/** Milliseconds after which a waiting request is refused. */
const PATIENCE_MS = 8_000;

type Task = () => void;

export interface Arrival {
  /** Returns the caller whose turn the request takes; called only if the request has to wait. */
  readonly callerOf: () => string;
  readonly hasGone: () => boolean;
  readonly begin: Task;
  readonly refuse: Task;
}

type Waiting = Arrival & { readonly since: number };

/**
 * Keeps iterations of the event loop short, because libuv accepts one connection per iteration.
 * While connections arrive, no request begins, and no statement outside a transaction is sent.
 */
export class LoopTurns {
  /** In the order in which callers are served; a caller moves to the end after its turn. */
  private readonly arrivals = new Map<string, Waiting[]>();
  private postponed: Task[] = [];
  private begun = 0;
  private hasAccepted = false;
  private acceptingUntil: number | undefined;
  private restUntil = -Infinity;
  private isWatching = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Records that a connection was accepted, because further connections may be waiting. */
  noteConnection(): void {
    this.hasAccepted = true;
    const now = this.now();
    if (now >= this.restUntil) this.acceptingUntil ??= now + ACCEPTING_MS;
    this.watch();
  }

  admit(arrival: Arrival): void {
    this.watch();
    if (this.arrivals.size === 0 && !this.isAccepting && this.begun < BEGIN_AT_ONCE) {
      this.begun += 1;
      return arrival.begin();
    }
    const caller = arrival.callerOf();
    const waiting = { ...arrival, since: this.now() };
    const others = this.arrivals.get(caller);
    if (others) others.push(waiting);
    else this.arrivals.set(caller, [waiting]);
  }

  /** Runs a task of a request that has begun: now, or after the new connections are accepted. */
  goOn(task: Task): void {
    if (this.isAccepting) this.postponed.push(task);
    else task();
  }

  private get isAccepting(): boolean {
    return this.acceptingUntil !== undefined;
  }

  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    setImmediate(this.endIteration);
  }

  private readonly endIteration = () => {
    this.isWatching = false;
    this.begun = 0;
    const { hasAccepted, acceptingUntil = 0 } = this;
    this.hasAccepted = false;
    if (hasAccepted && this.now() < acceptingUntil) return this.watch();
    if (hasAccepted && this.isAccepting) this.restUntil = this.now() + REST_MS;
    this.acceptingUntil = undefined;
    const { postponed } = this;
    this.postponed = [];
    for (const task of postponed) task();
    while (this.begun < BEGIN_AT_ONCE && this.arrivals.size > 0) this.beginNext();
    if (this.begun > 0) this.watch();
  };

  private beginNext(): void {
    const [[caller, waiting] = ['', []]] = this.arrivals;
    this.arrivals.delete(caller);
    const arrival = waiting.shift();
    if (waiting.length > 0) this.arrivals.set(caller, waiting);
    if (!arrival || arrival.hasGone()) return;
    this.begun += 1;
    if (this.now() - arrival.since > PATIENCE_MS) arrival.refuse();
    else arrival.begin();
  }
}

export const loopTurns = new LoopTurns();
