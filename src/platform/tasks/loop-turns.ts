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
  /** Whether its client has disconnected, so that nobody waits for the answer. */
  readonly hasGone: () => boolean;
  readonly begin: Task;
  readonly refuse: Task;
}

type Waiting = Arrival & { readonly since: number };

/**
 * Keeps the iterations of the event loop short, because libuv accepts one connection per iteration:
 * otherwise hundreds of requests of a client would delay new connections by seconds. While
 * connections arrive, the next iterations are reserved for them: no request begins, and no
 * statement outside a transaction is sent. Waiting requests begin a few per iteration, alternating
 * between callers.
 */
export class LoopTurns {
  /** In the order in which the callers are served; a caller moves to the end after it was served. */
  private readonly arrivals = new Map<string, Waiting[]>();
  private postponed: Task[] = [];
  private begun = 0;
  private hasAccepted = false;
  /** End of the time reserved for connections; undefined if there is none. */
  private acceptingUntil: number | undefined;
  private restUntil = -Infinity;
  private isWatching = false;

  /** @param now monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Records that a connection was accepted, because further connections may be waiting. */
  noteConnection(): void {
    this.hasAccepted = true;
    const now = this.now();
    if (now >= this.restUntil) this.acceptingUntil ??= now + ACCEPTING_MS;
    this.watch();
  }

  /** Begins a request, now or in one of the next iterations. */
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

/** The turns of this process's event loop, shared by all its servers and pools. */
export const loopTurns = new LoopTurns();
