import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalAddress } from './addresses.js';

export type Request = FastifyRequest;
export type Reply = FastifyReply;

/** Where a request came from, as audit entries and sessions record it. */
export interface Origin {
  readonly address: string;
  readonly device: string;
  readonly requestId: string;
}

/**
 * Of the client, as the trusted proxies say: the entry before theirs. Where that names no address,
 * the nearest proxy counts that does; what stands before it could be anybody's invention.
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
