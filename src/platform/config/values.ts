import { isIP } from 'node:net';
import { z } from 'zod';
import { NAMED_NETWORKS } from '../http/addresses.js';

/** The kinds of values of variables. The message of each kind says what the value must be. */

export function wholeNumber(least: number, most: number) {
  const words = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number(words).int(words).min(least, words).max(most, words);
}

export const seconds = (fallback: number, least = 1) =>
  wholeNumber(least, 315_360_000).default(fallback);

export function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  const last = choices.at(-1);
  return z.enum(choices, `must be ${choices.slice(0, -1).join(', ')} or ${last}`);
}

export const onOff = (fallback: 'on' | 'off') =>
  oneOf(['on', 'off'])
    .default(fallback)
    .transform((value) => value === 'on');

export const port = wholeNumber(0, 65_535);

/** Whether an address names several hosts, as libpq allows: in the authority, or as a parameter. */
function namesSeveralHosts(text: string): boolean {
  const [address = '', query = ''] = text.replace(/^[^:]*:\/\//, '').split('?', 2);
  const [authority = ''] = address.split('/', 1);
  const parameters = new URLSearchParams(query);
  const named = ['host', 'hostaddr', 'port'].map((name) => parameters.getAll(name).join());
  return [authority.slice(authority.lastIndexOf('@') + 1), ...named].some((hosts) =>
    /,|%2c/i.test(hosts),
  );
}

export const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// address without spaces')
  .refine((text) => !namesSeveralHosts(text), {
    error:
      'must name one host; put HAProxy (or the address of your cluster that follows the primary) in front of several',
  });

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s):// address' });

export const headerText = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be printable text without spaces')
  .max(4096, 'must have at most 4096 characters');

function faultOfNetwork(text: string): string | undefined {
  if (Object.hasOwn(NAMED_NETWORKS, text)) return undefined;
  const [address = '', bits, ...rest] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (/^(true|yes|on|all|\*|\d)$/i.test(text) || (most > 0 && bits === '0'))
    return 'would trust everybody, so that any client could forge an address';
  if (most < 0) return 'is not an address; host names are not resolved';
  const isMask =
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most);
  return isMask && rest.length === 0 ? undefined : `has no number from 1 to ${most} behind the /`;
}

export const Networks = z
  .string()
  .default('')
  .transform((value, context) => {
    const items = value.split(',').map((item) => item.trim());
    const networks = items.filter((item) => item !== '');
    networks.forEach((text, index) => {
      const fault = faultOfNetwork(text);
      if (fault === undefined) return;
      const message = `must be addresses or CIDRs, but entry ${index + 1} ${fault}`;
      context.addIssue({ code: 'custom', message });
    });
    return networks;
  });
