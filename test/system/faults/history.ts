import type { CasCall } from '../../../sandbox/cas/cas-stats.js';

/** What a join was given. */
export interface Grant {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  /** The end of its generation, in milliseconds by the database's clock. */
  readonly serveUntil: number;
}

/** One join as its client saw it: the times are monotonic milliseconds of the recording process. */
export interface Join {
  readonly room: string;
  readonly replica: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly grant?: Grant;
  /** The code of the refusal, or `no answer`. */
  readonly problem?: string;
}

/** One row of `room_generations`. */
export interface Publish {
  readonly room: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly reason: 'first' | 'expired' | 'rekey';
  /** Milliseconds by the database's clock. */
  readonly doneAt: number;
  /** The same moment in the recording process, at the earliest. */
  readonly startedAt: number;
}

export interface History {
  readonly joins: readonly Join[];
  readonly publishes: readonly Publish[];
  readonly calls: readonly CasCall[];
}
