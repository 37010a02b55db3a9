/** Requests that begin in one iteration of the event loop: joins that come together share a read. */
const BEGIN_AT_ONCE = 32;
/** Milliseconds in a row that are left to new connections. */
const ACCEPTING_MS = 60;
/** Milliseconds after which a request that still waits is refused. */
const PATIENCE_MS = 8_000;

type Task = () => void;

/** A request that has come. */
export interface Arrival {
  /** Whose turn it takes; asked only if it has to wait. */
  readonly callerOf: () => string;
  /** Its client has gone, so that nobody waits for the answer. */
  readonly hasGone: () => boolean;
  readonly begin: Task;
  /** It has waited too long. */
  readonly refuse: Task;
}

type Waiting = Arrival & { readonly since: number };

/**
 * Keeps the iterations of the event loop short, because libuv accepts one connection in each: a
 * client of which hundreds of requests are under way would have new connections wait for seconds.
 * While connections come, the next iterations are left to them: no request begins, and no statement
 * is sent. Requests that have come begin a few in each iteration, caller by caller.
 */
export class LoopTurns {
  /** In the order in which the callers are served; a caller that was served goes to the end. */
  private readonly arrivals = new Map<string, Waiting[]>();
  private postponed: Task[] = [];
  private begun = 0;
  private hasAccepted = false;
  /** Until when the iterations are left to connections; undefined if they are not. */
  private acceptingUntil: number | undefined;
  private isWatching = false;

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Tells that a connection was accepted: there may be others behind it. */
  noteConnection(): void {
    this.hasAccepted = true;
    this.acceptingUntil ??= this.now() + ACCEPTING_MS;
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

  /** Does a part of what was begun: now, or when the connections that come are accepted. */
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

/** Of the event loop of this process, which all servers and pools in it share. */
export const loopTurns = new LoopTurns();
