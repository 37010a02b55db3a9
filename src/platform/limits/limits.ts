/** Wrong guesses: some are free, then each costs a wait that doubles; a right one clears them. */
export interface GuessLimit {
  readonly countsGuesses: true;
  readonly byNetwork?: undefined;
  readonly detail?: undefined;
}

/** So many at once, and one more each so many seconds. */
export interface QuotaLimit {
  readonly burst: number;
  readonly everySeconds: number;
  /** The key is the address of a client; everybody in its network counts as one. */
  readonly byNetwork?: true;
  /** What is told to people who are refused, where it is not the usual. */
  readonly detail?: string;
}

const GUESSES: GuessLimit = { countsGuesses: true };

/** Every limit that holds over all replicas; docs/limits.md says why these numbers. */
export const LIMITS = {
  /** By room and user. */
  'access-code': GUESSES,
  /** By room and network: somebody who guesses opens any number of accounts. */
  'access-code-network': {
    burst: 30,
    everySeconds: 60,
    detail:
      'Too many wrong access codes for this room came from this network: ask a host for the right ' +
      'one, and give it after retryAfter seconds.',
  },
  /** By user, over all rooms: a count of each room would tell which rooms there are. */
  'invite-code': GUESSES,
  /** By user: all that is stored about somebody is read for it. */
  export: { burst: 5, everySeconds: 17_280 },
  /** By user and session: a thief's guesses lock out nobody but himself. */
  'current-password': GUESSES,
  /** By the address that somebody signs in with, whether there is such an account or not. */
  'sign-in-account': GUESSES,
  /** By user, over all their devices, for owners whose account is under attack. */
  'sign-in-device': GUESSES,
  /** By invite and network: guests who sign out leave their place to the next ones. */
  'guest-invite': {
    burst: 1_000,
    everySeconds: 1,
    detail:
      'Too many guests came by this invite from this network: try again after retryAfter seconds.',
  },
  /** By room, because every invite is a row until it ends: enough for one per person of an audience. */
  'new-invite': {
    burst: 10_000,
    everySeconds: 10,
    detail:
      'Too many invites were created for this room: use one invite for several people, or try again after retryAfter seconds.',
  },
  /** By room, because each dry run reads all people inside. */
  'rekey-dry-run': { burst: 20, everySeconds: 1 },
  'registration-network': { burst: 1_000, everySeconds: 1, byNetwork: true },
  /** By the address that somebody registers with. */
  'registration-name': { burst: 10, everySeconds: 60 },
} as const satisfies Record<string, GuessLimit | QuotaLimit>;

/** What is limited; whose it is says the key. */
export type LimitKind = keyof typeof LIMITS;
