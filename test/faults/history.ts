/** What a join was given. */
export interface Grant {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  /** The end of its generation, in milliseconds by the database's clock. */
  readonly liveUntil: number;
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
  readonly publishedAt: number;
  /** The same moment in the recording process, at the earliest. */
  readonly beganAt: number;
}

/** One call as CAS saw it; monotonic milliseconds of the recording process. */
export interface Call {
  readonly beganAt: number;
  /** When the answer began to be sent; null without one. */
  readonly answeredAt: number | null;
  /** When nothing more was to be sent, or its client was gone. */
  readonly endedAt: number;
  readonly status: number | null;
  readonly token: string | null;
}

export interface History {
  readonly joins: readonly Join[];
  readonly publishes: readonly Publish[];
  readonly calls: readonly Call[];
}
