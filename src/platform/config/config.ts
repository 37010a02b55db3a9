import { z } from 'zod';
import { charactersOf } from '../http/characters.js';
import { Email } from '../http/schema.js';
import { withoutCasPath } from './cas-url.js';
import { withExample } from './examples.js';
import { misspeltIn } from './misspelt.js';
import { Origins } from './origins.js';
import { type Environment, readSecretFiles, SECRETS } from './secret-files.js';
import { SecretKeys } from './secret-keys.js';
import { TrustedIssuers } from './trusted-issuers.js';
import {
  headerText,
  httpUrl,
  Networks,
  oneOf,
  onOff,
  port,
  postgresUrl,
  seconds,
  wholeNumber,
} from './values.js';

/** Every variable that the server reads; `npm run docs` writes the descriptions into README.md. */
export const Variables = z.object({
  DATABASE_URL: postgresUrl.describe(
    'Postgres 14 or newer, as postgres://user:password@host:port/database',
  ),
  DATABASE_DIRECT_URL: postgresUrl
    .optional()
    .describe('URL for migrations if DATABASE_URL is a transaction pooler; default: DATABASE_URL'),
  DATABASE_POOL_SIZE: wholeNumber(1, 200)
    .default(10)
    .describe('connections to Postgres per replica'),
  DATABASE_POOLED: onOff('off').describe(
    'on if DATABASE_URL is a transaction pooler: no startup settings, no named statements',
  ),
  CAS_URL: httpUrl
    .refine((value) => !/[?#]/.test(value), 'must be an address without a query or a fragment')
    .transform(withoutCasPath)
    .describe(
      'URL of the CAS of your cluster, as the vendor names it; https://, with or without /stream/token/v2/',
    ),
  CAS_API_KEY: headerText.describe('the API key that the vendor gave you'),
  CAS_API_SECRET: headerText.describe('the API secret that belongs to the key'),
  CAS_ALLOW_HTTP: onOff('off').describe('on allows a CAS without TLS, for a sandbox only'),
  CAS_TOKEN_MAX_AGE: seconds(3600).describe(
    'assumed lifetime, in seconds, of CAS tokens without a usable exp',
  ),
  TOKEN_MARGIN: seconds(30, 0).describe(
    'a room moves to a new token this number of seconds before its token expires, if the token has a usable exp',
  ),
  SECRET_KEYS: SecretKeys.describe(
    'comma-separated texts of at least 32 bytes; the first key encrypts, all keys decrypt',
  ),
  ADMIN_EMAIL: Email.optional().describe(
    'e-mail address of the first administrator, who is created if there is no administrator',
  ),
  ADMIN_PASSWORD: z
    .string()
    .refine((text) => charactersOf(text) <= 128, 'must have at most 128 characters')
    .optional()
    .describe('password of the first administrator'),
  REGISTRATION: oneOf(['open', 'approval', 'closed'])
    .default('closed')
    .describe(
      'people who may register: everyone (open), everyone with the approval of an administrator (approval), nobody (closed)',
    ),
  TRUSTED_ISSUERS: TrustedIssuers.describe(
    'JSON list of the identity providers whose tokens are accepted; docs/integrate/identity-provider.md',
  ),
  HOST: z.string().min(1).default('0.0.0.0').describe('network address that the server listens on'),
  PORT: port.default(3000).describe('port that the server listens on'),
  PUBLIC_URL: httpUrl
    .refine((value) => !/[?#]/.test(value), 'must be an address without a query or a fragment')
    .optional()
    .describe(
      'URL at which clients reach the server, and issuer of the access tokens (latchkey if not set); the same on all replicas',
    ),
  TRUST_PROXY: Networks.describe(
    'comma-separated network addresses or CIDRs of the proxies whose X-Forwarded-For is trusted',
  ),
  CORS_ORIGINS: Origins.describe(
    'comma-separated origins of the web apps that may call the API; http://localhost:* allows every port',
  ),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('lowest level that is logged'),
  METRICS_PORT: z
    .union([z.literal('off'), port], 'must be a port from 0 to 65535, or off')
    .default('off')
    .describe('port for Prometheus, with /metrics, on METRICS_HOST; off: no metrics'),
  METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('network address that METRICS_PORT listens on; 0.0.0.0: all addresses'),
  ACCESS_TOKEN_TTL: seconds(300).describe('lifetime of an access token in seconds'),
  SIGNING_KEY_TTL: seconds(7_776_000, 3600).describe(
    'seconds that a key signs access tokens before the next key replaces it',
  ),
  SESSION_IDLE_TTL: seconds(1_209_600).describe(
    'seconds without a refresh after which a sign-in ends',
  ),
  SESSION_TTL: seconds(2_592_000).describe('seconds after which a sign-in ends in any case'),
  PRESENCE_TTL: seconds(90).describe(
    'seconds without a join, a heartbeat or an open feed after which a seat is released',
  ),
  PERSONAL_DATA_TTL: seconds(7_776_000).describe(
    'seconds that network addresses, device names, records of token holders, and deleted rooms are kept',
  ),
  AUDIT_TTL: seconds(63_072_000, 2_592_000).describe(
    'seconds that audit entries are kept; at least 30 days',
  ),
  PASSWORD_MIN_LENGTH: wholeNumber(8, 128)
    .default(12)
    .describe('minimum number of characters of a password; 8 or more'),
  RATE_LIMITS: onOff('on').describe(
    'off disables the limits of attempts, guests, re-keys and requests, for load tests only',
  ),
});

type Values = z.infer<typeof Variables>;

function faultsBetween(values: Partial<Values>, isSet: (name: keyof Values) => boolean): string[] {
  const faults: string[] = [];
  const { CAS_URL, CAS_ALLOW_HTTP, ADMIN_PASSWORD, PASSWORD_MIN_LENGTH: least = 0 } = values;
  if (CAS_URL && new URL(CAS_URL).protocol === 'http:' && CAS_ALLOW_HTTP === false)
    faults.push(
      'CAS_URL: must start with https:// (CAS_ALLOW_HTTP=on allows http, for a sandbox only)',
    );
  if (values.METRICS_PORT === values.PORT && values.PORT !== undefined && values.PORT !== 0)
    faults.push('METRICS_PORT: must differ from PORT, which the public can reach');
  const own = values.PUBLIC_URL ?? 'latchkey';
  (values.TRUSTED_ISSUERS ?? []).forEach(({ issuer }, index) => {
    if (issuer === own)
      faults.push(
        `TRUSTED_ISSUERS: entry ${index + 1}, issuer: is the issuer of this server's own tokens`,
      );
  });
  if (ADMIN_PASSWORD && !isSet('ADMIN_EMAIL'))
    faults.push('ADMIN_EMAIL: is not set, but ADMIN_PASSWORD is; set both for the first admin');
  if (ADMIN_PASSWORD && charactersOf(ADMIN_PASSWORD) < least)
    faults.push(`ADMIN_PASSWORD: must have at least ${least} characters`);
  return faults;
}

/** The configuration, by the names of the environment variables; also its injection token. */
export abstract class Config {}
export interface Config extends Readonly<Values> {}

/** Lists all faults of the configuration, one per line, without any value. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

function read(environment: Environment, names: readonly (keyof Values)[]) {
  const { variables, faults } = readSecretFiles(environment);
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const parsed = Variables.shape[name].safeParse(variables[name]);
    if (parsed.success) values[name] = parsed.data;
    else if (variables[name] !== undefined)
      faults.push(...parsed.error.issues.map(({ message }) => `${name}: ${message}`));
    else if (!faults.some((fault) => fault.startsWith(`${name}: `)))
      faults.push(`${name}: is not set`);
  }
  return { variables, values, faults };
}

/** A secret `X` may come as `X_FILE`. @throws {ConfigurationError} with every fault */
export function readConfig(environment: Environment): Config {
  const names = Object.keys(Variables.shape) as (keyof Values)[];
  const { variables, values, faults } = read(environment, names);
  const files = SECRETS.map((name) => `${name}_FILE`);
  const all = [
    ...misspeltIn(environment, [...names, ...files]),
    ...[...faults, ...faultsBetween(values, (name) => variables[name] !== undefined)].map(
      withExample,
    ),
  ];
  if (all.length > 0) throw new ConfigurationError(all);
  return values as Values;
}

/** Ignores faults of other variables. @throws {ConfigurationError} with every fault of these */
export function readPart<Name extends keyof Values>(
  environment: Environment,
  names: readonly Name[],
): Pick<Config, Name> {
  const { values, faults } = read(environment, names);
  const ours = faults.filter((fault) => names.some((name) => fault.startsWith(`${name}: `)));
  if (ours.length > 0) throw new ConfigurationError(ours.map(withExample));
  return values as Pick<Values, Name>;
}
