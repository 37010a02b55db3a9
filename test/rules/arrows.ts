/** Which groups a group may import from; and from what these may import from. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  operations: ['rooms'],
  rooms: ['tokens', 'users'],
  tokens: ['platform'],
  users: ['platform'],
  platform: [],
};

/** Which folders of its own group a folder may import from; the group's own files may from all. */
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
  users: { accounts: [], sessions: ['accounts'], me: ['accounts', 'sessions'] },
  platform: {
    tasks: [],
    metrics: [],
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

/** Exceptions from the arrows, each for a reason. */
export const EXCEPTIONS = new Set([
  // The filter answers for an unreachable database; which errors mean that, database knows.
  'platform/http/problem.filter.ts -> platform/database/database-errors.ts',
]);

/** Folders that every other one may look into. */
export const FOUNDATIONS = new Set([
  'platform/tasks',
  'platform/metrics',
  'platform/http',
  'platform/config',
  'platform/database',
]);

/** What a folder shows to the others; entities, repositories and controllers are its own. */
export const SHOWN =
  /\.(module|service|problems|policy|phase|schema|ports|decorator|source)\.ts$|\/(principal|capability|global-role|access-codes|token-source|participant-name|personal-records|keyring|encryption-contexts|server-secrets|server-keys)\.ts$/;
