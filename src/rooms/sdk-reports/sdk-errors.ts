/** The actions that an app can take after an error of the SDK. */
export const ACTIONS = [
  'retry',
  'rejoin',
  'rejoin_with_new_name',
  'join_as_viewer',
  'fix_client',
  'ask_user',
  'ignore',
] as const;

export interface Advice {
  readonly action: (typeof ACTIONS)[number];
  /** Seconds to wait before the next try. */
  readonly retryAfter?: number;
  readonly detail: string;
}

const transport: Advice = {
  action: 'retry',
  retryAfter: 2,
  detail: 'The media node could not be reached, or gave no valid answer.',
};
const permission: Advice = {
  action: 'ask_user',
  detail: 'The permission for microphone or camera is missing.',
};

/** The errors that the SDKs report to the app, by code, as the vendor documents them. */
const ADVICE: ReadonlyMap<number, Advice> = new Map<number, Advice>([
  [-1, { action: 'retry', retryAfter: 5, detail: 'Internal server error; back off.' }],
  [
    101,
    {
      action: 'fix_client',
      detail: 'Invalid participant type, target not available, or ICE overflow.',
    },
  ],
  [
    102,
    {
      action: 'fix_client',
      detail: 'A request before joining, or an addressed client that is not in the session.',
    },
  ],
  [103, { action: 'ignore', detail: 'The other side has left.' }],
  [
    104,
    {
      action: 'rejoin_with_new_name',
      detail: 'The name is taken in the session: join again with newName: true.',
    },
  ],
  [
    105,
    {
      action: 'fix_client',
      detail: 'Neither audio nor video, or subscribed before it was published.',
    },
  ],
  [
    106,
    {
      action: 'rejoin',
      detail: 'Not authorized: discard the reconnect secret and join again.',
    },
  ],
  [201, { action: 'retry', retryAfter: 3, detail: 'The session is locked; try again shortly.' }],
  [203, { action: 'rejoin', detail: 'The session is closed: join again for the current token.' }],
  [
    204,
    {
      action: 'rejoin',
      detail: 'The session cannot be created, possibly because the token is dead: join again.',
    },
  ],
  [
    206,
    {
      action: 'join_as_viewer',
      detail: 'No more streaming participants fit: connect as a viewer, or go to another room.',
    },
  ],
  [
    303,
    {
      action: 'retry',
      retryAfter: 2,
      detail: 'Already subscribed, or the negotiation is in progress or timed out.',
    },
  ],
  [308, permission],
  [309, permission],
  [801, transport],
  [802, transport],
  [803, transport],
  [901, { action: 'retry', retryAfter: 2, detail: 'The connection was closed while joining.' }],
  [999, { action: 'fix_client', detail: 'The request is not supported: check the SDK version.' }],
]);

const UNKNOWN: Advice = {
  action: 'retry',
  retryAfter: 5,
  detail: 'The vendor does not document this code; back off, and join again if the error persists.',
};

/** Codes that an ended session may cause; none is documented for an expired token. */
const OF_A_DEAD_SESSION: ReadonlySet<number> = new Set([203, 204]);

export function adviceFor(sdkCode: number): Advice {
  return ADVICE.get(sdkCode) ?? UNKNOWN;
}

export function tellsOfDeadSession(sdkCode: number): boolean {
  return OF_A_DEAD_SESSION.has(sdkCode);
}
