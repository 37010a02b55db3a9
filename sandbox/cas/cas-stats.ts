import type { SessionToken } from './token.js';

/** A token request; `status` is null if it was never answered. */
export interface Exchange {
  /** When it was answered or aborted, in milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly status: number | null;
  /** The session of the returned token. */
  readonly rid: string | null;
}

/** A complete call, for test records; in monotonic milliseconds of this process. */
export interface CasCall {
  readonly beganAt: number;
  /** Before the first byte of the answer; null without an answer. */
  readonly answeredAt: number | null;
  /** When everything was sent, or the client had disconnected. */
  readonly endedAt: number;
  readonly status: number | null;
  readonly token: string | null;
}

/** Counts since the start or `reset()`, without calls of the sandbox's own controls. */
export interface CasStats {
  received: number;
  /** Number of answers by status. */
  answers: Record<number, number>;
  tokens: number;
  inFlight: number;
  highestInFlight: number;
  /** The last 10,000, oldest first. */
  recent: Exchange[];
}

const REMEMBERED = 10_000;

export interface Flight {
  answered(status: number, token?: SessionToken): void;
  /** The request is complete, or its client has disconnected. */
  ended(): void;
}

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

  /** Resets the counts; requests in progress remain in progress. */
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
