import { BlockList, isIP } from 'node:net';
import { BoundedMap } from '../tasks/bounded-map.js';

const KNOWN = 1_000;

const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]+)\])(?::\d{1,5})?$/;
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

export const NAMED_NETWORKS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Returns the canonical form (RFC 5952) without port and zone; IPv4-mapped addresses as IPv4. */
export function canonicalAddress(entry: string | undefined): string | undefined {
  const text = entry?.trim() ?? '';
  const [, four, six] = WITH_PORT.exec(text) ?? [];
  const [address = ''] = (four ?? six ?? text).split('%');
  const version = isIP(address);
  if (version !== 6) return version === 4 && six === undefined ? address : undefined;
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(plain) ?? [];
  if (high === undefined || low === undefined) return plain;
  const bits = parseInt(high, 16) * 0x1_00_00 + parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}

function add(list: BlockList, network: string): void {
  const [text = '', bits] = network.split('/');
  const address = canonicalAddress(text) ?? text;
  const isFour = isIP(address) === 4;
  const most = isFour ? 32 : 128;
  // A network of IPv4-mapped addresses is an IPv4 network.
  const ahead = isFour && isIP(text) === 6 ? 96 : 0;
  const prefix = bits === undefined ? most : Number(bits) - ahead;
  if (prefix > 0) list.addSubnet(address, prefix, isFour ? 'ipv4' : 'ipv6');
}

/** Returns a function that decides whether an entry of `X-Forwarded-For` is in the networks. */
export function isAmong(networks: readonly string[]): (entry: string | undefined) => boolean {
  const list = new BlockList();
  for (const network of networks.flatMap((name) => NAMED_NETWORKS[name] ?? [name]))
    add(list, network);
  // Node's look-up costs more than everything else before a request begins.
  const known = new BoundedMap<boolean>(KNOWN);
  return (entry) => {
    const address = canonicalAddress(entry);
    if (address === undefined) return false;
    const hit = known.get(address);
    if (hit !== undefined) return hit;
    const isProxy = list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
    known.set(address, isProxy);
    return isProxy;
  };
}
