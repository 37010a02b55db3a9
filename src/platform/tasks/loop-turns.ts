/** Requests that begin in one iteration of the event loop: joins that come together share a read. */
const BEGIN_AT_ONCE = 32;
/** Milliseconds in a row that are left to new connections. */
const ACCEPTING_MS = 60;
/** Milliseconds after such a time in which the next one cannot begin. */
const REST_MS = 20;
/** Milliseconds after which a request that still waits is refused. */
const PATIENCE_MS = 8_000;

type Task = () => void;

/** A request that has come. */
export interface Arrival {
  /** Returns the caller whose turn the request takes; called only if the request has to wait. */
  readonly callerOf: () => string;
  /** Its client has gone, so that nobody waits for the answer. */
  readonly hasGone: () => boolean;
  readonly begin: Task;
  /** It has waited too long. */
  readonly refuse: Task;
}

type Waiting = Arrival & { readonly since: number };

/**
 * Keeps the iterations of the event loop short, because libuv accepts one connection in each:
 * otherwise the hundreds of requests of one client would delay new connections by seconds. While
 * connections come, the next iterations are left to them: no request begins, and no statement outside
 * a transaction is sent. Requests that have come begin a few in each iteration, caller by caller.
 */
export class LoopTurns {
  /** In the order in which the callers are served; a caller that was served goes to the end. */
  private readonly arrivals = new Map<string, Waiting[]>();
  private postponed: Task[] = [];
  private begun = 0;
  private hasAccepted = false;
  /** Until when the iterations are left to connections; undefined if they are not. */
  private acceptingUntil: number | undefined;
  private restUntil = -Infinity;
  private isWatching = false;

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Tells that a connection was accepted: there may be others behind it. */
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

/** The turns of this process's event loop, which all its servers and pools share. */
export const loopTurns = new LoopTurns();
