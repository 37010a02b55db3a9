import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalAddress } from './addresses.js';

export type Request = FastifyRequest;
export type Reply = FastifyReply;

export interface Origin {
  readonly address: string;
  readonly device: string;
  readonly requestId: string;
}

/** The entry before the trusted proxies, or the nearest valid proxy; earlier ones can be forged. */
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
