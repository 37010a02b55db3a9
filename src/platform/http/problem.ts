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
    return titleOf(this.code);
  }
}

export function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A problem as its class declares it, whatever is said about a single case. */
export interface ProblemKind {
  readonly status: number;
  readonly code: string;
  /** What the reference shows; `detail` and members of one case. */
  readonly example: { readonly detail: string } & ProblemMembers;
  /** The example of the code in general, which the cases of `saying` share. */
  readonly usual: ProblemKind['example'];
}

export interface ProblemClass extends ProblemKind {
  new (detail?: string, members?: ProblemMembers): Problem;
}

/**
 * `class RoomLocked extends problem(409, 'room_locked', 'The room is locked: …') {}` declares a
 * problem and its code.
 * @param detail what is told unless a case says better: what is wrong, and what to do next
 * @param members for the reference: what one case of it looks like
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
 * `class NoSuchUser extends saying(NotFound, 'There is no such user: …') {}` declares the same
 * problem with a sentence for one case.
 * @param members as the reference shows them, and as they are told unless the case says otherwise
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
