/** An entry of `errors`: the place of a fault, and its description. */
export type Fault =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string };

/** Fields that some problems add to the answer (RFC 9457, extension members). */
export interface ProblemMembers {
  readonly errors?: readonly Fault[];
  /** Seconds; also sent as the `Retry-After` header. */
  readonly retryAfter?: number;
  readonly opensAt?: Date;
  readonly bannedUntil?: Date | null;
}

/** An error that is answered to callers; `code` is the contract, `detail` is for people. */
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
    return titleOf(this.code);
  }
}

export function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A problem as its class declares it, without the details of a single case. */
export interface ProblemKind {
  readonly status: number;
  readonly code: string;
  /** Shown in the reference; `detail` and the additional fields of a typical case. */
  readonly example: { readonly detail: string } & ProblemMembers;
  /** The example of the code in general, which the cases of `saying` share. */
  readonly usual: ProblemKind['example'];
}

export interface ProblemClass extends ProblemKind {
  new (detail?: string, members?: ProblemMembers): Problem;
}

/**
 * Declares a problem and its code: `class RoomLocked extends problem(409, 'room_locked', 'The room
 * is locked: …') {}`.
 * @param detail the default sentence: the fault, and what to do next
 * @param members additional fields of an example, for the reference
 */
export function problem(
  status: number,
  code: string,
  detail: string,
  members: ProblemMembers = {},
) {
  return class extends Problem {
    static readonly status = status;
    static readonly code = code;
    static readonly example = { detail, ...members };
    static readonly usual = { detail, ...members };
    readonly status = status;
    readonly code = code;
    override readonly name = code;

    constructor(told = detail, more: ProblemMembers = {}) {
      super(told, more);
    }
  };
}

/**
 * Declares the same problem with a different sentence: `class NoSuchUser extends saying(NotFound,
 * 'There is no such user: …') {}`.
 * @param members additional fields, both in the reference and, by default, in the answer
 */
export function saying(
  Kind: ReturnType<typeof problem>,
  detail: string,
  members: ProblemMembers = {},
) {
  return class extends Kind {
    static override readonly example = { ...Kind.example, ...members, detail };

    constructor(more: ProblemMembers = members) {
      super(detail, more);
    }
  };
}
