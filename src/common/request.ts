import type { FastifyReply, FastifyRequest } from 'fastify';

export type Request = FastifyRequest;
export type Reply = FastifyReply;

/** Where a request came from, as audit entries and sessions record it. */
export interface Origin {
  readonly address: string;
  readonly device: string;
  readonly requestId: string;
}

export function originOf(request: Request): Origin {
  return {
    address: request.ip,
    device: (request.headers['user-agent'] ?? '').slice(0, 255),
    requestId: request.id,
  };
}
