/** A token as its source returned it; its contents are not verified, and cannot be. */
export interface MintedToken {
  readonly text: string;
  /** The source's own time of its answer, in seconds since the epoch, if the answer has one. */
  readonly answeredAt: number | undefined;
  /** Monotonic milliseconds (`Clock.now`) at which the answer arrived. */
  readonly receivedAt: number;
}

/** The reason for a missing token: `refused` needs the operator, `unavailable` passes by itself. */
export class MintFailed extends Error {
  override readonly name = 'MintFailed';

  constructor(
    readonly kind: 'refused' | 'unavailable',
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Whether the source works, according to this replica's last call. */
export interface SourceStatus {
  readonly works: boolean | null;
  readonly detail?: string;
  /** Monotonic milliseconds (`Clock.now`) of the last call's end. */
  readonly triedAt?: number;
}

/** A source of tokens. Every call opens a new session at the vendor. */
export abstract class TokenSource {
  get hasFreePlace(): boolean {
    return true;
  }

  /** Runs `work` as soon as one of the places for concurrent calls is free. */
  abstract withPlace<Result>(work: () => Promise<Result>): Promise<Result>;

  /** @throws {MintFailed} and nothing else, before the signal's deadline */
  abstract mint(signal: AbortSignal): Promise<MintedToken>;
}
