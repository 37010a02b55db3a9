import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { originOf } from './request.js';
import { onRequestEnd } from './request-end.js';

/** Statuses that an attacker causes often; the client's address is logged for these only. */
const SUSPICIOUS: ReadonlySet<number> = new Set([401, 403, 429]);

/** Logs one line per request, with these fields only: never a header, a body or a query. */
export function logRequests(instance: FastifyInstance, log: Logger): void {
  onRequestEnd(instance, (request, reply, { outcome, milliseconds }) => {
    const { user } = request as { user?: { userId?: string } };
    log.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.is404 ? undefined : request.routeOptions.url,
        // A client that disconnected received no status.
        status: outcome === 'aborted' ? undefined : reply.statusCode,
        outcome,
        milliseconds: Math.round(milliseconds * 10) / 10,
        userId: user?.userId,
        address:
          outcome !== 'aborted' && SUSPICIOUS.has(reply.statusCode)
            ? originOf(request).address
            : undefined,
      },
      'request',
    );
  });
}
