import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { originOf } from './request.js';
import { onRequestEnd } from './request-end.js';

/** Refusals that an attacker collects; of them, and of no others, it is logged from where. */
const SUSPICIOUS: ReadonlySet<number> = new Set([401, 403, 429]);

/** One line per request, of these fields only: no header, no body, no query can get into a log. */
export function logRequests(instance: FastifyInstance, log: Logger): void {
  onRequestEnd(instance, (request, reply, { outcome, milliseconds }) => {
    const { user } = request as { user?: { userId?: string } };
    log.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.is404 ? undefined : request.routeOptions.url,
        // Whoever went away was told nothing, whatever was about to be sent.
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
