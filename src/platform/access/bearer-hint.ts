import jwt from 'jsonwebtoken';
import { otherThan } from '../http/credential-forms.js';
import { bearerOf } from './verified-tokens.js';

const AGAIN = 'send "Authorization: Bearer ACCESS_TOKEN", with the accessToken of a sign-in';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Why a text was not accepted as our own access token; undefined if there is no text. */
export function reasonOf(
  authorization: string | undefined,
  ownIssuer: string,
): 'malformed' | 'issuer_unknown' | 'signature' | undefined {
  if (authorization === undefined || authorization.trim() === '') return undefined;
  const token = bearerOf(authorization);
  if (!JWT.test(token)) return 'malformed';
  return issuerOf(token) === ownIssuer ? 'signature' : 'issuer_unknown';
}

function issuerOf(token: string): unknown {
  try {
    return jwt.decode(token, { json: true })?.iss;
  } catch {
    return undefined;
  }
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
