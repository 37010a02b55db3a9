/** An example of each variable, for the sentence that refuses a value. */
export const EXAMPLES = {
  DATABASE_URL: 'postgres://latchkey:PASSWORD@localhost:5432/latchkey',
  DATABASE_DIRECT_URL: 'postgres://latchkey:PASSWORD@localhost:5432/latchkey',
  DATABASE_POOL_SIZE: '10',
  DATABASE_POOLED: 'off',
  CAS_URL: 'https://cas.example.org',
  CAS_API_KEY: 'THE-KEY-OF-THE-VENDOR',
  CAS_API_SECRET: 'THE-SECRET-OF-THE-VENDOR',
  CAS_ALLOW_HTTP: 'off',
  CAS_TOKEN_MAX_AGE: '3600',
  TOKEN_MARGIN: '30',
  SECRET_KEYS: '"$(openssl rand -base64 48)"',
  ADMIN_EMAIL: 'admin@example.org',
  ADMIN_PASSWORD: '"A LONG SENTENCE OF YOUR OWN"',
  REGISTRATION: 'closed',
  TRUSTED_ISSUERS:
    '[{"name":"my-provider","issuer":"https://id.example.org","audience":["latchkey"]}]',
  HOST: '127.0.0.1',
  PORT: '3000',
  PUBLIC_URL: 'https://latchkey.example.org',
  TRUST_PROXY: '10.0.0.5,10.1.0.0/16',
  CORS_ORIGINS: 'https://app.example.org',
  LOG_LEVEL: 'info',
  METRICS_PORT: '9464',
  METRICS_HOST: '127.0.0.1',
  ACCESS_TOKEN_TTL: '300',
  SIGNING_KEY_TTL: '7776000',
  SESSION_IDLE_TTL: '1209600',
  SESSION_TTL: '2592000',
  PRESENCE_TTL: '90',
  PERSONAL_DATA_TTL: '7776000',
  AUDIT_TTL: '63072000',
  PASSWORD_MIN_LENGTH: '12',
  RATE_LIMITS: 'on',
} as const;

/** Appends an example to a fault: `PORT: must be …; example: PORT=3000`. */
export function withExample(fault: string): string {
  const [name = ''] = fault.split(':', 1);
  const example = Object.entries(EXAMPLES).find(([each]) => each === name)?.[1];
  return example === undefined ? fault : `${fault}; example: ${name}=${example}`;
}
