import { type Config, readConfig } from '../../src/platform/config/config.js';

/** The configuration of every test server; a test may override it. */
export const testEnvironment = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
  CAS_URL: 'http://127.0.0.1:1',
  CAS_API_KEY: 'sandbox-key',
  CAS_API_SECRET: 'sandbox-secret',
  CAS_ALLOW_HTTP: 'on',
  SECRET_KEYS: 'f3b1c5a79d0e4826b8f7d1c2e5a4093867bd1f2e',
  ADMIN_EMAIL: 'admin@example.org',
  ADMIN_PASSWORD: 'an admin for the tests',
  REGISTRATION: 'open',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'warn',
} as const;

export type Environment = Readonly<Record<string, string>>;

export function testConfig(overrides: Environment = {}): Config {
  return readConfig({ ...testEnvironment, ...overrides });
}
