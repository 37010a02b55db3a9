import { describe, expect, it } from 'vitest';
import { isFinal, meaningOf } from './causes.js';
import { codeOf, isConnectionError } from './database-errors.js';

const VARIABLE = 'DATABASE_DIRECT_URL';

describe('the meaning of an error code', () => {
  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /self-signed .* sslrootcert in DATABASE_DIRECT_URL/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed .* NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /not trusted; .* NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /not trusted; .* sslrootcert/],
    ['CERT_UNTRUSTED', /not trusted; .* sslrootcert/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another host name; .* DATABASE_DIRECT_URL/],
    ['CERT_HAS_EXPIRED', /has expired; renew it/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /sslmode in DATABASE_DIRECT_URL/],
    ['EPROTO', /sslmode in DATABASE_DIRECT_URL/],
    ['EACCES', /rights of the socket/],
    ['3F000', /search_path/],
  ])('the meaning of %s says what to do, and the error counts as final', (code, sentence) => {
    expect(meaningOf(code, VARIABLE)).toMatch(sentence);
    expect(meaningOf(code, VARIABLE)).toMatch(new RegExp(`^${code}: [^{}]+; [^{}]+$`));
    expect(isFinal(code)).toBe(true);
  });

  it.each([
    ['EADDRNOTAVAIL', /DATABASE_DIRECT_URL/],
    ['57014', /statement_timeout for the role of DATABASE_DIRECT_URL/],
    ['53100', /free space/],
    ['42P01', /restore it/],
    ['58030', /check its disk/],
  ])('the meaning of %s says what to do, and the error counts as temporary', (code, sentence) => {
    expect(meaningOf(code, VARIABLE)).toMatch(sentence);
    expect(isFinal(code)).toBe(false);
  });
});

describe('an error to which pg gives no code', () => {
  it('an error about missing TLS gets a code of its own', () => {
    const code = codeOf(new Error('The server does not support SSL connections'));
    expect(meaningOf(code)).toMatch(/^NO_TLS: .*sslmode in DATABASE_URL/);
    expect(isFinal(code)).toBe(true);
  });
});

describe('a connection that the system refuses', () => {
  it.each(['EACCES', 'EADDRNOTAVAIL'])('the error %s counts as an unavailable database', (code) => {
    expect(isConnectionError(Object.assign(new Error('connect'), { code }))).toBe(true);
  });
});
