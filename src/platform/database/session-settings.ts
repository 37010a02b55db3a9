/** Lock timeout of every statement, in milliseconds. */
export const LOCK_TIMEOUT_MS = 1_000;

/** Limits and planner settings; they override those of the server, the database and the role. */
const LIMITS_AND_PLANS = {
  statement_timeout: '2s',
  lock_timeout: `${LOCK_TIMEOUT_MS}ms`,
  idle_in_transaction_session_timeout: '5s',
  // Plans are kept: a plan for a small room would read all seats when thousands join.
  enable_seqscan: 'off',
  jit: 'off',
};

const FORMS = {
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  client_encoding: 'UTF8',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
};

/** Removes an operator's limits that would end a session or a long statement. */
const NO_LIMITS = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** Idle connections of the pool, and the migration lock, may outlast an operator's limit. */
const NO_END = { idle_session_timeout: '0' };

// Postgres 17 can end whole transactions. Without `synchronous_commit`, a crash would lose
// generations whose tokens clients have; stricter values than `on`, and `local`, are kept.
const ONLY_WHERE_NEEDED = [
  `select set_config('transaction_timeout', '0', false)
    where current_setting('transaction_timeout', true) is not null`,
  `select set_config('synchronous_commit', 'on', false)
    where current_setting('synchronous_commit') = 'off'`,
];

const statementsFor = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings).map(([name, value]) => `set ${name} = '${value}'`);

const pinning = (settings: Readonly<Record<string, string>>) =>
  [...statementsFor(settings), ...ONLY_WHERE_NEEDED].join('; ');

export const PIN_SETTINGS = pinning({ ...LIMITS_AND_PLANS, ...NO_END, ...FORMS });

export const PIN_FOR_MIGRATIONS = pinning({ ...NO_LIMITS, ...NO_END, ...FORMS });

/** The settings of migrations that may remain on the connections of a pooler. */
export const PIN_FORMS = statementsFor(FORMS).join('; ');

/** Settings that the role must have behind a transaction pooler, which keeps no session. */
export const NEEDED_BEHIND_POOLER: Readonly<Record<string, { pattern: RegExp; value: string }>> = {
  DateStyle: { pattern: /^ISO/, value: 'ISO, YMD' },
  array_nulls: { pattern: /^on$/, value: 'on' },
  bytea_output: { pattern: /^hex$/, value: 'hex' },
  standard_conforming_strings: { pattern: /^on$/, value: 'on' },
  default_transaction_isolation: { pattern: /^read committed$/, value: 'read committed' },
  synchronous_commit: { pattern: /^(?!off$)/, value: 'on' },
};
