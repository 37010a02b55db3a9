import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../src/platform/config/examples.js';
import { Origins } from '../src/platform/config/origins.js';
import { environmentOf, type Variables } from './environment.js';

const own = { DATABASE_URL: 'postgres://embedded', CAS_URL: 'http://127.0.0.1:3001', HOST: 'a' };
const of = (outside: Variables) => environmentOf(outside, Object.keys(EXAMPLES), own);

describe('the environment of the sandbox’s server', () => {
  it('has every variable that was set outside and that the sandbox does not set', () => {
    const set = {
      ACCESS_TOKEN_TTL: '20',
      REGISTRATION: 'closed',
      LOG_LEVEL: 'debug',
      PATH: '/bin',
    };
    const { variables, passedOn, ignored } = of({ ...set, PRESENCE_TTL: '' });
    expect(variables).toMatchObject(set);
    expect(variables).not.toHaveProperty('PRESENCE_TTL');
    expect(passedOn).toEqual(['ACCESS_TOKEN_TTL', 'LOG_LEVEL', 'REGISTRATION']);
    expect(ignored).toEqual([]);
  });

  it('opens the registration where nothing else was said', () => {
    expect(of({}).variables).toMatchObject({ ...own, REGISTRATION: 'open' });
  });

  it('applies a default only where nothing was set outside', () => {
    const names = Object.keys(EXAMPLES);
    const issuersOf = (outside: Variables) =>
      environmentOf(outside, names, own, { TRUSTED_ISSUERS: '[1]' }).variables['TRUSTED_ISSUERS'];
    expect([issuersOf({}), issuersOf({ TRUSTED_ISSUERS: '[]' })]).toEqual(['[1]', '[]']);
  });

  it('keeps what the sandbox sets, names what it ignores, and takes no file instead', () => {
    const outside = { CAS_URL: 'https://cas.example.org', HOST: '::', CAS_URL_FILE: '/secret' };
    const { variables, passedOn, ignored } = of(outside);
    expect(variables).toMatchObject(own);
    expect(variables).not.toHaveProperty('CAS_URL_FILE');
    expect(passedOn).toEqual([]);
    expect(ignored).toEqual(['CAS_URL', 'CAS_URL_FILE', 'HOST']);
  });

  it('lets pages of local ports in, beside those that were named outside', () => {
    const local = 'http://localhost:*,http://127.0.0.1:*';
    expect(of({}).variables['CORS_ORIGINS']).toBe(local);
    const named = of({ CORS_ORIGINS: 'https://a.example.org, https://b.example.org' });
    expect(named.variables['CORS_ORIGINS']).toBe(
      `https://a.example.org,https://b.example.org,${local}`,
    );
  });

  it('leaves the entries of outside where they were, so that a message counts them from 1', () => {
    const { variables } = of({ CORS_ORIGINS: 'https://a.example.org,https://b.example.org/' });
    const { error } = Origins.safeParse(variables['CORS_ORIGINS']);
    expect(error?.issues.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^entry 2 has a slash/),
    ]);
  });

  it('never sends the migrations of the embedded database elsewhere', () => {
    const outside = { DATABASE_DIRECT_URL: 'postgres://elsewhere', DATABASE_POOLED: 'on' };
    expect(of(outside).variables).not.toHaveProperty('DATABASE_DIRECT_URL');
    expect(of(outside).ignored).toEqual(['DATABASE_DIRECT_URL', 'DATABASE_POOLED']);
    const { variables, passedOn } = of({ ...outside, DATABASE_URL: 'postgres://pooler' });
    expect(variables).toMatchObject(outside);
    expect(passedOn).toEqual(['DATABASE_DIRECT_URL', 'DATABASE_POOLED']);
  });

  it('passes on what may be a misspelt name, so that the server can say so', () => {
    expect(of({ CORS_ORIGIN: 'https://a.example.org' }).variables).toHaveProperty('CORS_ORIGIN');
  });
});
