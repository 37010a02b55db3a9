import { otherThan } from '../http/credential-forms.js';
import { ALGORITHMS, issuerNamedBy, readJwt } from '../http/jwt-form.js';
import { bearerOf } from './verified-tokens.js';

const AGAIN = 'send "Authorization: Bearer ACCESS_TOKEN", with the accessToken of a sign-in';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Why a text was not accepted as our own access token; undefined if there is no text. */
export function reasonOf(
  authorization: string | undefined,
  ownIssuer: string,
): 'malformed' | 'algorithm' | 'issuer_unknown' | 'signature' | undefined {
  if (authorization === undefined || authorization.trim() === '') return undefined;
  const token = readJwt(bearerOf(authorization));
  if (!token) return 'malformed';
  if (!(ALGORITHMS as readonly string[]).includes(token.header.alg)) return 'algorithm';
  return issuerNamedBy(token.text) === ownIssuer ? 'signature' : 'issuer_unknown';
}

/** Says how to correct the header, by its form only: the hint never quotes it. */
export function hintOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.trim() === '') return undefined;
  const [, scheme = '', token = ''] = /^\s*(\S+)\s*([^]*?)\s*$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'bearer')
    return `The header Authorization does not begin with "Bearer": ${AGAIN}.`;
  if (token === '' || token === 'undefined' || token === 'null')
    return `The access token behind "Bearer" is missing: ${AGAIN}.`;
  const other = otherThan('access token', token);
  if (other !== undefined) return `The text behind "Bearer" is ${other}: ${AGAIN}.`;
  if (!JWT.test(token))
    return `The text behind "Bearer" is not an access token, or only a part of an access token: ${AGAIN}.`;
  return `The access token was not issued by this server, or was changed in transit: ${AGAIN}, or refresh yours.`;
}
