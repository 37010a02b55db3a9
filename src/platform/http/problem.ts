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
  /** Why a bearer token was refused, for programs. */
  readonly reason?: string;
  /** The scope that an API key lacks; null if the route is closed to API keys. */
  readonly scope?: string | null;
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

export interface ProblemKind {
  /** Of its class; the reference names its answers by it. */
  readonly name: string;
  readonly status: number;
  readonly code: string;
  /** Shown in the reference; `detail` and the additional fields of a typical case. */
  readonly example: { readonly detail: string } & ProblemMembers;
}

export interface ProblemClass extends ProblemKind {
  new (detail?: string, members?: ProblemMembers): Problem;
}

/** Declares a problem: `class RoomLocked extends problem(409, 'room_locked', 'The room …') {}`. */
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
    readonly status = status;
    readonly code = code;
    override readonly name = code;

    constructor(told = detail, more: ProblemMembers = {}) {
      super(told, more);
    }
  };
}

/** Declares a case of a problem: `class NoSuchUser extends saying(NotFound, '…') {}`. */
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
