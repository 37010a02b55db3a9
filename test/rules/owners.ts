/** The folder or group that owns a table: only the owner inserts, updates and deletes its rows. */
export const OWNERS: Readonly<Record<string, string>> = {
  access_code_grants: 'rooms/entry',
  api_key_secrets: 'users/api-keys',
  api_keys: 'users/api-keys',
  audit_entries: 'platform/audit',
  bans: 'rooms/moderation',
  dead_session_reporters: 'rooms/sdk-reports',
  dead_sessions: 'rooms/sdk-reports',
  encryption_keys: 'platform/keyring',
  former_slugs: 'platform/database',
  holders: 'rooms/join',
  idempotency_marks: 'platform/idempotency',
  invites: 'rooms/entry',
  issuer_sign_ins: 'users/issuers',
  members: 'rooms/entry',
  migrations: 'platform/database',
  pending_rekeys: 'rooms/moderation',
  raised_alarms: 'platform/audit',
  rate_limits: 'platform/limits',
  room_events: 'platform/room-events',
  room_feeds: 'platform/room-events',
  room_generations: 'tokens',
  room_tokens: 'tokens',
  rooms: 'rooms/settings',
  seats: 'rooms/presence',
  server_keys: 'platform/keyring',
  server_requirement: 'platform/database',
  sessions: 'users/sessions',
  sign_in_marks: 'users/sessions',
  throttles: 'platform/limits',
  users: 'users/accounts',
  wrong_access_codes: 'rooms/entry',
};

const ROOM = 'the purge of a deleted room deletes its rows in batches';
const USER = 'the erasure of a user deletes their rows in batches';
const KEYS = 'a new first key of SECRET_KEYS encrypts every ciphertext again, in every table';
const SEAT = 'seat, name, membership and holder entry are one statement (decision 3)';
const SLUG =
  'a room that takes a slug continues the numbers of the rooms that had it, so no number repeats';
const FIRST_SIGHT = 'the first sight of a person creates user and session in one statement';
const GRANT = 'a grant writes person, session, membership and seat in one statement';
const HISTORY = 'one feature shows and purges the history of a room';

/** Writers of tables that other folders own, as `folder -> table`, each with its reason. */
export const ALSO_WRITE: Readonly<Record<string, string>> = {
  'platform/keyring -> idempotency_marks': KEYS,
  'platform/keyring -> room_tokens': KEYS,
  'rooms/guests -> users': 'a guest is deleted some time after their sign-in has ended',
  'rooms/history -> access_code_grants': ROOM,
  'rooms/history -> bans': ROOM,
  'rooms/history -> dead_session_reporters': ROOM,
  'rooms/history -> dead_sessions': ROOM,
  'rooms/history -> holders': HISTORY,
  'rooms/history -> invites': ROOM,
  'rooms/history -> members': ROOM,
  'rooms/history -> pending_rekeys': ROOM,
  'rooms/history -> raised_alarms': ROOM,
  'rooms/history -> room_events': ROOM,
  'rooms/history -> room_generations': HISTORY,
  'rooms/history -> rooms': ROOM,
  'rooms/history -> seats': ROOM,
  'rooms/history -> sessions': ROOM,
  'rooms/history -> users': ROOM,
  'rooms/join -> access_code_grants': GRANT,
  'rooms/join -> invites': SEAT,
  'rooms/join -> members': SEAT,
  'rooms/join -> seats': SEAT,
  'rooms/join -> sessions': GRANT,
  'rooms/join -> users': GRANT,
  'rooms/settings -> room_feeds': SLUG,
  'rooms/settings -> room_tokens': `every room has a row from the start; ${SLUG}`,
  'users/accounts -> access_code_grants': USER,
  'users/accounts -> api_keys': USER,
  'users/accounts -> bans': USER,
  'users/accounts -> dead_session_reporters': USER,
  'users/accounts -> holders': USER,
  'users/accounts -> idempotency_marks': USER,
  'users/accounts -> issuer_sign_ins':
    'the end of a session ends its sign-in at the issuer, in the same statement',
  'users/accounts -> members': USER,
  'users/accounts -> seats': USER,
  'users/accounts -> sessions':
    'all sessions of a user end when they are disabled or get a password',
  'users/issuers -> sessions': FIRST_SIGHT,
  'users/issuers -> users': FIRST_SIGHT,
  'users/participants -> sessions': 'a kick or a ban ends the sessions of a person for the room',
  'users/participants -> users':
    'a kick or a ban locks the person against a grant that opens a session at that moment',
};
