/**
 * Milliseconds by one clock for the whole history. A later event has a greater number, so events at
 * the same time of a virtual clock differ by fractions.
 */
export type Instant = number;

/** A token as a client received it. */
export interface Seen {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  readonly serveUntil: Instant;
}

/** `no token`: the server refused because there is no token; `fault`: any other failure. */
export type Refusal = 'no token' | 'fault';

export interface Join {
  readonly replica: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly answer: Seen | Refusal;
  /** Milliseconds of the join during which the replica's process was paused. */
  readonly heldMs?: number;
}

/** A call that reached the source, whatever its result. */
export interface CasCall {
  readonly replica: string;
  readonly startedAt: Instant;
}

/** A write that took effect. */
export interface Publish extends Seen {
  readonly replica: string;
  /** The earliest time at which a client can have the token; if unknown, the time of the source's answer. */
  readonly startedAt: Instant;
  readonly doneAt: Instant;
  /** The generation that a re-key named; absent if the publish was not for a re-key. */
  readonly named?: number;
}

/** A request to end a generation, as its client saw it. */
export interface Rekey {
  readonly replica: string;
  readonly named: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** The new generation; `changed` if the named generation is not the current one. */
  readonly answer: number | 'changed' | Refusal;
}

/** A term of the lease that ended without a publish; it may have cost a call. */
export interface LostTerm {
  readonly at: Instant;
  readonly why: 'expired' | 'failed' | 'released';
}

/** The events of one room, as seen from outside. */
export interface History {
  readonly joins: readonly Join[];
  readonly calls: readonly CasCall[];
  readonly publishes: readonly Publish[];
  readonly lostTerms: readonly LostTerm[];
  readonly rekeys: readonly Rekey[];
}
