/** The groups from which a group may import; imports of those groups are allowed too. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  operations: ['rooms'],
  rooms: ['tokens', 'users'],
  tokens: ['platform'],
  users: ['platform'],
  platform: [],
};

/** The folders of its own group from which a folder may import; files of the group itself may import from all. */
export const INSIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  operations: { cli: [], health: [], metrics: [], reference: [] },
  rooms: {
    presence: [],
    settings: ['presence'],
    history: ['settings'],
    entry: ['presence', 'settings'],
    guests: ['entry'],
    join: ['entry', 'presence', 'settings'],
    feed: ['entry', 'join', 'presence', 'settings'],
    moderation: ['entry', 'join', 'presence', 'settings'],
    'sdk-reports': ['entry', 'join', 'settings'],
  },
  tokens: { protocol: [], cas: ['protocol'] },
  users: {
    accounts: [],
    sessions: ['accounts'],
    issuers: ['accounts', 'sessions'],
    'api-keys': ['accounts'],
    participants: ['sessions'],
    me: ['accounts', 'sessions'],
  },
  platform: {
    tasks: [],
    metrics: [],
    outbound: [],
    http: ['tasks'],
    config: ['http'],
    database: ['config', 'http', 'metrics', 'tasks'],
    access: ['http', 'tasks'],
    'personal-data': ['database'],
    'room-events': ['database', 'http', 'tasks'],
    audit: ['access', 'config', 'database', 'http', 'metrics', 'personal-data', 'tasks'],
    keyring: ['config', 'database', 'metrics', 'tasks'],
    idempotency: ['access', 'database', 'http', 'keyring', 'personal-data', 'tasks'],
    limits: ['access', 'config', 'database', 'http', 'keyring', 'metrics', 'tasks'],
  },
};

/** Exceptions from the arrows, each with its reason. */
export const EXCEPTIONS = new Set([
  // The filter answers requests during an outage, and the database folder classifies the errors.
  'platform/http/problem.filter.ts -> platform/database/database-errors.ts',
]);

/** Folders whose files every other folder may import. */
export const FOUNDATIONS = new Set([
  'platform/tasks',
  'platform/metrics',
  'platform/http',
  'platform/outbound',
  'platform/config',
  'platform/database',
]);

/** Files of a folder that other folders may import; entities, repositories and controllers are private. */
export const SHOWN =
  /\.(module|service|problems|policy|phase|schema|ports|decorator|source)\.ts$|\/(principal|capability|global-role|scope|access-codes|token-source|participant-name|personal-records|keyring|encryption-contexts|external-identity|server-secrets|server-keys)\.ts$/;
