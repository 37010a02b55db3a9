import { otherThan } from '../http/credential-forms.js';

const AGAIN = 'send "Authorization: Bearer ACCESS_TOKEN", with the accessToken of a sign-in';

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
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    return `The text behind "Bearer" is not an access token, or only a part of an access token: ${AGAIN}.`;
  return `The access token was not issued by this server, or was changed in transit: ${AGAIN}, or refresh yours.`;
}
