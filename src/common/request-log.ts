import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/** One line per request, of these fields only: no header, no body, no query can get into a log. */
export function logRequests(instance: FastifyInstance, log: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const { user } = request as { user?: { userId?: string } };
    log.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        userId: user?.userId,
      },
      'request',
    );
    done();
  });
}
