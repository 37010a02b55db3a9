import { otherThan } from '../http/credential-forms.js';

const AGAIN = 'send "Authorization: Bearer ACCESS_TOKEN", with the accessToken of a sign-in';

/**
 * What to do about a request without an access token that could be read: said from the form of the
 * header alone, and without a letter of it. Undefined if there is none, which needs no hint.
 */
export function hintOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.trim() === '') return undefined;
  const [, scheme = '', token = ''] = /^\s*(\S+)\s*([^]*?)\s*$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'bearer')
    return `The header Authorization does not begin with "Bearer": ${AGAIN}.`;
  if (token === '' || token === 'undefined' || token === 'null')
    return `There is no access token behind "Bearer": ${AGAIN}.`;
  const other = otherThan('access token', token);
  if (other !== undefined) return `The text behind "Bearer" is ${other}: ${AGAIN}.`;
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    return `The text behind "Bearer" is no access token, or only a part of one: ${AGAIN}.`;
  return `The access token is not one of this server's, or was changed on its way: ${AGAIN}, or refresh yours.`;
}
