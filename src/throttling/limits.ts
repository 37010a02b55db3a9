/** Wrong guesses: some are free, then each costs a wait that doubles; a right one clears them. */
export interface GuessLimit {
  readonly countsGuesses: true;
  readonly byNetwork?: undefined;
}

/** So many at once, and one more each so many seconds. */
export interface QuotaLimit {
  readonly burst: number;
  readonly everySeconds: number;
  /** The key is the address of a client; everybody in its network counts as one. */
  readonly byNetwork?: true;
}

const GUESSES: GuessLimit = { countsGuesses: true };

/** Every limit that holds over all replicas; docs/limits.md says why these numbers. */
export const LIMITS = {
  /** By room and user. */
  'access-code': GUESSES,
  /** By user, over all rooms: a count of each room would tell which rooms there are. */
  'invite-code': GUESSES,
  /** By user: all that is stored about somebody is read for it. */
  export: { burst: 5, everySeconds: 17_280 },
  /** By user and session: a thief's guesses lock out nobody but himself. */
  'current-password': GUESSES,
  /** By the address that somebody signs in with, whether there is such an account or not. */
  'sign-in-account': GUESSES,
  /** By user and device, for owners whose account is under attack. */
  'sign-in-device': GUESSES,
  'registration-network': { burst: 1_000, everySeconds: 1, byNetwork: true },
  /** By the address that somebody registers with. */
  'registration-name': { burst: 10, everySeconds: 60 },
} as const satisfies Record<string, GuessLimit | QuotaLimit>;

/** What is limited; whose it is says the key. */
export type LimitKind = keyof typeof LIMITS;
