import { z } from 'zod';
import { type Environment, readSecretFiles } from './secret-files.js';
import { SecretKeys } from './secret-keys.js';

const seconds = (fallback: number, least = 1) =>
  z.coerce.number().int().min(least).max(315_360_000).default(fallback);
const onOff = (fallback: 'on' | 'off') =>
  z
    .enum(['on', 'off'])
    .default(fallback)
    .transform((value) => value === 'on');
const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ''));
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// address');
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s):// address' });
const headerText = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be printable text without spaces')
  .max(4096);
const port = z.coerce.number().int().min(0).max(65_535);

/** Every variable that the server reads; nothing else in `src` looks at the environment. */
const Variables = z.object({
  DATABASE_URL: postgresUrl,
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
  DATABASE_POOLED: onOff('off'),
  CAS_URL: httpUrl.refine(
    (value) => !/[?#]/.test(value),
    'must be an address without a query or a fragment',
  ),
  CAS_API_KEY: headerText,
  CAS_API_SECRET: headerText,
  CAS_ALLOW_HTTP: onOff('off'),
  CAS_TOKEN_MAX_AGE: seconds(3600),
  TOKEN_MARGIN: seconds(30, 0),
  SECRET_KEYS: SecretKeys,
  ADMIN_EMAIL: z.email().max(255).optional(),
  ADMIN_PASSWORD: z.string().max(128).optional(),
  REGISTRATION: z.enum(['open', 'approval', 'closed']).default('closed'),
  HOST: z.string().min(1).default('0.0.0.0'),
  PORT: port.default(3000),
  PUBLIC_URL: httpUrl.optional(),
  TRUST_PROXY: list,
  CORS_ORIGINS: list,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  ACCESS_TOKEN_TTL: seconds(300),
  SESSION_IDLE_TTL: seconds(1_209_600),
  SESSION_TTL: seconds(2_592_000),
  PRESENCE_TTL: seconds(90),
  PASSWORD_MIN_LENGTH: z.coerce.number().int().min(8).max(128).default(12),
});

type Values = z.infer<typeof Variables>;

/** What is wrong between variables, each of which is right by itself. */
function faultsBetween(values: Partial<Values>, isSet: (name: keyof Values) => boolean): string[] {
  const faults: string[] = [];
  const { CAS_URL, CAS_ALLOW_HTTP, ADMIN_PASSWORD, PASSWORD_MIN_LENGTH: least = 0 } = values;
  if (CAS_URL && new URL(CAS_URL).protocol === 'http:' && CAS_ALLOW_HTTP === false)
    faults.push(
      'CAS_URL: must start with https:// (CAS_ALLOW_HTTP=on allows http, for a sandbox only)',
    );
  if (ADMIN_PASSWORD && !isSet('ADMIN_EMAIL'))
    faults.push('ADMIN_EMAIL: is not set, but ADMIN_PASSWORD is; the first admin needs both');
  if (ADMIN_PASSWORD && [...ADMIN_PASSWORD].length < least)
    faults.push(`ADMIN_PASSWORD: must have at least ${least} characters`);
  return faults;
}

/** The server's configuration, by the names of the environment variables; also its injection token. */
export abstract class Config {}
export interface Config extends Readonly<Values> {}

/** What is wrong with the configuration, all of it, one line each; never a value. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/**
 * Reads the configuration from environment variables; a secret `X` may come as `X_FILE`.
 * @throws {ConfigurationError} listing everything that is wrong
 */
export function readConfig(environment: Environment): Config {
  const { variables, faults } = readSecretFiles(environment);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(Variables.shape)) {
    const parsed = schema.safeParse(variables[name]);
    if (parsed.success) values[name] = parsed.data;
    else if (variables[name] !== undefined)
      faults.push(...parsed.error.issues.map(({ message }) => `${name}: ${message}`));
    else if (!faults.some((fault) => fault.startsWith(`${name}:`)))
      faults.push(`${name}: is not set`);
  }
  faults.push(...faultsBetween(values, (name) => variables[name] !== undefined));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return values as Values;
}
