/**
 * Milliseconds by one clock for the whole history. What surely came later has the greater number:
 * a virtual clock that stands still must be told apart by fractions.
 */
export type Instant = number;

/** A token as somebody had it in hands. */
export interface Seen {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  readonly serveUntil: Instant;
}

/** `no token`: the server said that none can be had; `fault`: anything else that is no token. */
export type Refusal = 'no token' | 'fault';

export interface Join {
  readonly replica: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly answer: Seen | Refusal;
  /** Milliseconds of it in which the replica's process stood still. */
  readonly heldMs?: number;
}

/** A call that reached the source, whatever became of it. */
export interface CasCall {
  readonly replica: string;
  readonly startedAt: Instant;
}

/** A write that took effect. */
export interface Publish extends Seen {
  readonly replica: string;
  /** Nobody can have had the token before; where it is not known: when the source gave it. */
  readonly startedAt: Instant;
  readonly doneAt: Instant;
  /** The generation that it was to end before its time; absent if it was for no re-key. */
  readonly named?: number;
}

/** A wish to end a generation, as who made it saw it. */
export interface Rekey {
  readonly replica: string;
  readonly named: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** The new generation; `changed`: the named one is not the present one. */
  readonly answer: number | 'changed' | Refusal;
}

/** A term of the lease that ended without a publish; it may have cost a call. */
export interface LostTerm {
  readonly at: Instant;
  readonly why: 'expired' | 'failed' | 'released';
}

/** What happened to one room, as it could be seen from outside. */
export interface History {
  readonly joins: readonly Join[];
  readonly calls: readonly CasCall[];
  readonly publishes: readonly Publish[];
  readonly lostTerms: readonly LostTerm[];
  readonly rekeys: readonly Rekey[];
}
