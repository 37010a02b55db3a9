/** A token as its source gave it; nothing in it was verified, nor can it be. */
export interface MintedToken {
  readonly text: string;
  /** The source's own time of its answer, seconds since the epoch, if it said one. */
  readonly answeredAt: number | undefined;
  /** Monotonic milliseconds (`Clock.now`) of the moment when the answer came. */
  readonly receivedAt: number;
}

/** Why there is no token: `refused` is the operator's problem, `unavailable` passes by itself. */
export class MintFailed extends Error {
  override readonly name = 'MintFailed';

  constructor(
    readonly kind: 'refused' | 'unavailable',
    message: string,
    /** Seconds that the source asked us to wait. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Whether tokens can be had, as far as this replica knows from its last call. */
export interface SourceStatus {
  /** Null until the first call. */
  readonly works: boolean | null;
  readonly detail?: string;
  /** Monotonic milliseconds (`Clock.now`) of the last call's end. */
  readonly triedAt?: number;
}

/** Where tokens come from. Every call opens a new session at the vendor's. */
export abstract class TokenSource {
  /** Whether a call could begin at once. */
  get hasFreePlace(): boolean {
    return true;
  }

  /** Runs `work` when one of the places for calls in flight is free; waits for it until then. */
  abstract withPlace<Result>(work: () => Promise<Result>): Promise<Result>;

  /** @throws {MintFailed} and nothing else, before the signal's deadline */
  abstract mint(signal: AbortSignal): Promise<MintedToken>;
}
