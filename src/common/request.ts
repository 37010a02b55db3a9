import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

export type Request = FastifyRequest;
export type Reply = FastifyReply;

/** Where a request came from, as audit entries and sessions record it. */
export interface Origin {
  readonly address: string;
  readonly device: string;
  readonly requestId: string;
}

/** Of the client, as the trusted proxies say; where one names what is no address, its own. */
export function addressOf(request: Request): string {
  if (isIP(request.ip) !== 0) return request.ip;
  const known = request.ips?.findLast((each) => isIP(each) !== 0);
  return known ?? request.socket.remoteAddress ?? 'unknown';
}

export function originOf(request: Request): Origin {
  return {
    address: addressOf(request),
    device: (request.headers['user-agent'] ?? '').slice(0, 255),
    requestId: request.id,
  };
}
