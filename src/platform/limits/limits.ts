import { TooManyAttempts } from './limits.problems.js';

/** Limits wrong guesses: some are free, then waits double; a right guess resets the count. */
export interface GuessLimit {
  readonly countsGuesses: true;
  readonly byNetwork?: undefined;
  readonly detail: string;
}

/** Allows a burst of requests, and then one more per interval. */
export interface QuotaLimit {
  readonly burst: number;
  readonly everySeconds: number;
  /** The key is a client's address; all clients of its network share the quota. */
  readonly byNetwork?: true;
  readonly detail?: string;
}

const GUESSES: GuessLimit = { countsGuesses: true, detail: TooManyAttempts.example.detail };

/** Every limit that is shared by all replicas; docs/limits.md explains the numbers. */
export const LIMITS = {
  'access-code': GUESSES,
  /** By room and network, because an attacker may open any number of accounts. */
  'access-code-network': {
    burst: 30,
    everySeconds: 60,
    detail:
      'Too many wrong access codes for this room came from this network: ask a host for the right code, ' +
      'and enter it after retryAfter seconds.',
  },
  /** By room and API key: a backend has one address, and its people may be any number. */
  'access-code-backend': {
    burst: 300,
    everySeconds: 1,
    detail:
      'Too many wrong access codes for this room came from this API key: ask a host for the right code, ' +
      'and send it after retryAfter seconds.',
  },
  /** By user, over all rooms: a count per room would reveal which rooms exist. */
  'invite-code': GUESSES,
  /** By user: an export reads everything that is stored about them. */
  export: { burst: 5, everySeconds: 17_280 },
  /** By user and session: a thief's guesses lock out only the stolen session. */
  'current-password': GUESSES,
  'sign-in-account': GUESSES,
  /** By user, over all their devices, for owners whose account is under attack. */
  'sign-in-device': GUESSES,
  /** By invite and network, because guests who sign out make room for new guests. */
  'guest-invite': {
    burst: 1_000,
    everySeconds: 1,
    detail:
      'Too many guests used this invite from this network: try again after retryAfter seconds.',
  },
  /** By room, because an invite is a row until it ends; enough for each person of an audience. */
  'new-invite': {
    burst: 10_000,
    everySeconds: 10,
    detail:
      'Too many invites were created for this room: use one invite for several people, or try again after retryAfter seconds.',
  },
  /** By room, because each dry run reads everyone inside. */
  'rekey-dry-run': { burst: 20, everySeconds: 1 },
  /** By person: each new device or sign-in at an issuer is a row. */
  'issuer-session': { burst: 100, everySeconds: 60 },
  /** By network; enough for a stadium behind one address. */
  'new-issuer-user': { burst: 50_000, everySeconds: 0.072, byNetwork: true },
  'registration-network': { burst: 1_000, everySeconds: 1, byNetwork: true },
  'registration-name': { burst: 10, everySeconds: 60 },
} as const satisfies Record<string, GuessLimit | QuotaLimit>;

export type LimitKind = keyof typeof LIMITS;
