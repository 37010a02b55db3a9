import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalAddress } from './addresses.js';

export type Request = FastifyRequest;
export type Reply = FastifyReply;

/** The origin of a request, as audit entries and sessions record it. */
export interface Origin {
  readonly address: string;
  readonly device: string;
  readonly requestId: string;
}

/**
 * The client's address according to the trusted proxies: the entry before theirs. If that entry is
 * not an address, the address of the nearest valid proxy counts, because earlier entries can be
 * forged.
 */
export function addressOf({ ip, ips }: Request): string {
  for (const entry of ips?.toReversed() ?? [ip]) {
    const address = canonicalAddress(entry);
    if (address !== undefined) return address;
  }
  return 'unknown';
}

export function originOf(request: Request): Origin {
  return {
    address: addressOf(request),
    device: (request.headers['user-agent'] ?? '').slice(0, 255),
    requestId: request.id,
  };
}
