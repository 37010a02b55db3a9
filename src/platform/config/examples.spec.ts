import { describe, expect, it } from 'vitest';
import { testEnvironment } from '../../../test/support/config.js';
import { ConfigurationError, readConfig, Variables } from './config.js';
import { EXAMPLES } from './examples.js';

function faultsOf(overrides: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...testEnvironment, ...overrides });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('examples of variables', () => {
  it('every variable has an example', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(Object.keys(Variables.shape).sort());
  });

  // The example of SECRET_KEYS is a shell command, which is not a value.
  const values = Object.entries(EXAMPLES).filter(([name]) => name !== 'SECRET_KEYS');
  it.each(values)('the example of %s is accepted', (name, example) => {
    // CAS_URL of the test environment is http; the example needs https.
    const CAS_URL = 'https://cas.example.org';
    expect(faultsOf({ CAS_URL, [name]: example })).toEqual([]);
  });
});

describe('values that are refused', () => {
  it.each([
    ['PORT', 'abc', 'must be a whole number from 0 to 65535; example: PORT=3000'],
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '30.5', 'must be a whole number from 0 to 65535'],
    ['ACCESS_TOKEN_TTL', '5m', 'must be a whole number from 1 to 315360000; example: ACCESS_TOKEN'],
    ['PASSWORD_MIN_LENGTH', '7', 'must be a whole number from 8 to 128; example: PASSWORD_MIN'],
    ['DATABASE_POOL_SIZE', '0', 'must be a whole number from 1 to 200'],
    ['METRICS_PORT', 'yes', 'must be a port from 0 to 65535, or off; example: METRICS_PORT=9464'],
    ['DATABASE_POOLED', 'true', 'must be on or off; example: DATABASE_POOLED=off'],
    ['REGISTRATION', 'no', 'must be open, approval or closed; example: REGISTRATION=closed'],
    ['LOG_LEVEL', 'silly', 'must be trace, debug, info, warn or error; example: LOG_LEVEL=info'],
    ['PUBLIC_URL', 'app.example.org', 'must be an http(s):// address; example: PUBLIC_URL=https:'],
    [
      'ADMIN_EMAIL',
      'admin',
      'must be an e-mail address such as ada@example.org; example: ADMIN_EMAIL=',
    ],
    ['TRUST_PROXY', 'true', 'entry 1 would trust everybody'],
    ['TRUST_PROXY', '1', 'entry 1 would trust everybody'],
    ['TRUST_PROXY', '::1, 0.0.0.0/0', 'entry 2 would trust everybody'],
    ['TRUST_PROXY', 'proxy.internal', 'entry 1 is not an address; host names are not resolved'],
    [
      'TRUST_PROXY',
      '10.0.0.0/33',
      'entry 1 has no number from 1 to 32 behind the /; example: TRUST',
    ],
    ['CORS_ORIGINS', 'https://app.example.org/', 'has a slash or a path behind the host; write '],
    [
      'DATABASE_URL',
      'mysql://db',
      'must be a postgres:// address without spaces; example: DATABASE',
    ],
  ])(
    'the refusal of %s=%s names the variable and says what its value must be',
    (name, value, sentence) => {
      const faults = faultsOf({ [name]: value });
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(new RegExp(`^${name}: `));
      expect(faults[0]).toContain(sentence);
      expect(faults[0]).toContain(`; example: ${name}=`);
      expect(faults[0]).not.toMatch(/expected|received|invalid|too (small|big)|NaN/i);
    },
  );
});
