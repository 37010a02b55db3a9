/** A member of `errors` in the answer to a bad request: where it is wrong, and how. */
export type Fault =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string };

/** Members that some problems add to the answer (RFC 9457, extension members). */
export interface ProblemMembers {
  readonly errors?: readonly Fault[];
  /** Seconds; also sent as the `Retry-After` header. */
  readonly retryAfter?: number;
  readonly opensAt?: Date;
  readonly bannedUntil?: Date | null;
}

/** An error that callers are told about; `code` is the contract, `detail` is for people. */
export abstract class Problem extends Error {
  abstract readonly status: number;
  abstract readonly code: string;

  constructor(
    readonly detail: string,
    readonly members: ProblemMembers = {},
  ) {
    super(detail);
  }

  get title(): string {
    const words = this.code.replaceAll('_', ' ');
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
}

export interface ProblemClass {
  new (detail: string, members?: ProblemMembers): Problem;
  readonly status: number;
  readonly code: string;
}

/** `class RoomFull extends problem(409, 'room_full') {}` declares a problem and its code. */
export function problem(status: number, code: string) {
  return class extends Problem {
    static readonly status = status;
    static readonly code = code;
    readonly status = status;
    readonly code = code;
    override readonly name = code;
  };
}
