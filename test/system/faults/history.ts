import type { CasCall } from '../../../sandbox/cas/cas-stats.js';

/** What a join received. */
export interface Grant {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  /** The end of the generation, in milliseconds by the database's clock. */
  readonly serveUntil: number;
}

/** A join as its client saw it; times are monotonic milliseconds of the recording process. */
export interface Join {
  readonly room: string;
  readonly replica: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly grant?: Grant;
  /** The code of the refusal, or `no answer`. */
  readonly problem?: string;
}

/** A row of `room_generations`. */
export interface Publish {
  readonly room: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly reason: 'first' | 'expired' | 'rekey';
  /** Milliseconds by the database's clock. */
  readonly doneAt: number;
  /** The earliest possible time of the same moment in the recording process. */
  readonly startedAt: number;
}

export interface History {
  readonly joins: readonly Join[];
  readonly publishes: readonly Publish[];
  readonly calls: readonly CasCall[];
}
