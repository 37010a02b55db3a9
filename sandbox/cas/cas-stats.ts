import type { SessionToken } from './token.js';

/** One request for a token; `status` is null when it was never answered. */
export interface Exchange {
  /** When it was answered or given up, in milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly status: number | null;
  /** The session of the token that was handed out. */
  readonly rid: string | null;
}

/** One call to its end, for who records what happened; monotonic milliseconds of this process. */
export interface CasCall {
  readonly beganAt: number;
  /** Before the first byte of the answer; null without one. */
  readonly answeredAt: number | null;
  /** When all was sent, or the client was gone. */
  readonly endedAt: number;
  readonly status: number | null;
  readonly token: string | null;
}

/** What the sandbox CAS has seen since its start or `reset()`; its own controls do not count. */
export interface CasStats {
  received: number;
  /** How many answers had which status. */
  answers: Record<number, number>;
  /** How many 200s carried a token, in whatever state. */
  tokens: number;
  inFlight: number;
  highestInFlight: number;
  /** The last 10,000, oldest first. */
  recent: Exchange[];
}

const REMEMBERED = 10_000;

/** A request on its way, to be settled once. */
export interface Flight {
  /** Counts the answer; called before the first byte is sent, so that no client is ahead. */
  answered(status: number, token?: SessionToken): void;
  /** The request needs nothing more, or its client is gone. */
  ended(): void;
}

/** Counts what happens, exactly. */
export class CasRecorder {
  private stats = emptyStats(0);

  constructor(private readonly observe: (call: CasCall) => void = () => undefined) {}

  receive(path: string): Flight {
    const call = {
      beganAt: performance.now(),
      answeredAt: null as number | null,
      status: null as number | null,
      token: null as string | null,
    };
    this.stats.received += 1;
    this.stats.inFlight += 1;
    this.stats.highestInFlight = Math.max(this.stats.highestInFlight, this.stats.inFlight);
    let isAnswered = false;
    let isEnded = false;
    return {
      answered: (status, token) => {
        isAnswered = true;
        call.answeredAt = performance.now();
        call.status = status;
        call.token = token?.token ?? null;
        this.stats.answers[status] = (this.stats.answers[status] ?? 0) + 1;
        if (token !== undefined) this.stats.tokens += 1;
        this.remember({ at: Date.now(), path, status, rid: token?.rid ?? null });
      },
      ended: () => {
        if (isEnded) return;
        isEnded = true;
        this.stats.inFlight -= 1;
        this.observe({ ...call, endedAt: performance.now() });
        if (!isAnswered) this.remember({ at: Date.now(), path, status: null, rid: null });
      },
    };
  }

  snapshot(): CasStats {
    const { answers, recent, ...counts } = this.stats;
    return { ...counts, answers: { ...answers }, recent: [...recent] };
  }

  /** Begins to count anew; requests that are still in flight stay so. */
  reset(): void {
    this.stats = emptyStats(this.stats.inFlight);
  }

  private remember(exchange: Exchange): void {
    this.stats.recent.push(exchange);
    if (this.stats.recent.length > REMEMBERED) this.stats.recent.shift();
  }
}

function emptyStats(inFlight: number): CasStats {
  return { received: 0, answers: {}, tokens: 0, inFlight, highestInFlight: inFlight, recent: [] };
}
