import { describe, expect, it } from 'vitest';
import { testEnvironment } from '../../../test/support/config.js';
import { type Environment, SECRETS } from './secret-files.js';
import { ConfigurationError, readConfig, Variables } from './config.js';
import { misspeltIn } from './misspelt.js';

const known = [...Object.keys(Variables.shape), ...SECRETS.map((name) => `${name}_FILE`)];

const meantBy = (name: string, others: Environment = {}) =>
  misspeltIn({ ...others, [name]: 'a value' }, known).map(
    (line) => /^(\S+): .* did you mean (\S+)\?$/.exec(line)?.[2],
  );

describe('misspelt variables', () => {
  it.each([
    ['CAS_APIKEY', 'CAS_API_KEY'],
    ['CASURL', 'CAS_URL'],
    ['CSA_URL', 'CAS_URL'],
    ['CAS_ULR', 'CAS_URL'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['DATABSE_URL_FILE', 'DATABASE_URL_FILE'],
    ['TOKEN_MARGINE', 'TOKEN_MARGIN'],
    ['REGISTRATON', 'REGISTRATION'],
    ['PASSWORD_MIN_LENGHT', 'PASSWORD_MIN_LENGTH'],
    ['SESION_TTL', 'SESSION_TTL'],
    ['ADMIN_MAIL', 'ADMIN_EMAIL'],
    ['PROT', 'PORT'],
  ])(
    '%s is listed together with the intended name %s, even if that variable is set',
    (name, meant) => {
      expect(meantBy(name)).toEqual([meant]);
      expect(meantBy(name, { [meant]: 'set' })).toEqual([meant]);
    },
  );

  it.each([
    ['DATABASE_URI', 'DATABASE_URL'],
    ['SECRET_KEY', 'SECRET_KEYS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['cas_url', 'CAS_URL'],
  ])('%s may belong to another program, and is listed only if %s is not set', (name, meant) => {
    expect(meantBy(name)).toEqual([meant]);
    expect(meantBy(name, { [meant]: 'set' })).toEqual([]);
    expect(meantBy(name, { [`${meant}_FILE`]: 'set' })).toEqual([]);
  });

  it('a misspelt variable is in the list of all faults, without its value', () => {
    const { CAS_API_KEY, ...others } = testEnvironment;
    const environment = { ...others, CAS_APIKEY: CAS_API_KEY, TOKEN_MARGIN: '-1' };
    expect(() => readConfig(environment)).toThrow(ConfigurationError);
    expect(() => readConfig(environment)).toThrow(
      /CAS_APIKEY: is unknown; did you mean CAS_API_KEY\?[^]*CAS_API_KEY: is not set[^]*TOKEN_MARGIN: /,
    );
    expect(() => readConfig(environment)).not.toThrow(new RegExp(CAS_API_KEY));
  });

  it('an empty misspelt variable counts as not set', () => {
    expect(misspeltIn({ DATABSE_URL: '' }, known)).toEqual([]);
  });
});

/** Variables of other programs, of Docker and of Kubernetes, separated by spaces. */
const UNRELATED = `
  PATH HOME HOSTNAME PWD OLDPWD SHLVL TERM LANG USER _ NODE_ENV NODE_OPTIONS NODE_VERSION
  YARN_VERSION npm_config_port PGHOST KUBERNETES_PORT KUBERNETES_SERVICE_HOST
  KUBERNETES_PORT_443_TCP_ADDR LATCHKEY_PORT LATCHKEY_SERVICE_HOST LATCHKEY_SERVICE_PORT_HTTP
  CAS_PORT LATCHKEY_PORT_3000_TCP POSTGRES_PORT_5432_TCP DATABASE_PORT METRIC_PORT
  POSTGRES_PASSWORD POSTGRES_URL DATABASE_SSL DATABASE_UID DATABASE_USER CMS_URL CMS_API_KEY
  GAS_URL CASE_URL CAST_URL API_KEY CAS_API_URL ACCESS_TOKEN_URL ACCESS_TOKEN SESSION_URL
  SESSION_KEY LOG_LABEL LOG_FILE HOSTS PORTS POST COST host port METRICS_HOST METRICS_PATH
  PUBLIC_KEY PUBLIC_IP ADMIN_NAME SECRET_TOKEN TRUST_STORE HTTP_PROXY REDIS_URL BIND CI DEBUG
  MAIL_URL SANDBOX_CAS_PORT CONTAINER_CHECK
`;

describe('unrelated variables', () => {
  it.each(UNRELATED.trim().split(/\s+/))('the variable %s never stops the server', (name) => {
    expect(meantBy(name)).toEqual([]);
  });

  it('a configured server starts beside any unrelated variable', () => {
    const environment = { ...testEnvironment, DATABASE_URI: 'x', SECRET_KEY: 'x', CAS_PORT: 'x' };
    expect(() => readConfig(environment)).not.toThrow();
  });
});
