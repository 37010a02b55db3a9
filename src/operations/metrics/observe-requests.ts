import type { FastifyInstance } from 'fastify';
import { onRequestEnd } from '../../platform/http/request-end.js';
import type { MetricsService } from './metrics.service.js';

/** Counts every request after its end, so that counting delays no answer. */
export function observeRequests(instance: FastifyInstance, metrics: MetricsService): void {
  onRequestEnd(instance, (request, reply, { outcome, milliseconds }) => {
    metrics.countRequest({
      method: request.method,
      route: request.is404 ? undefined : request.routeOptions.url,
      status: reply.statusCode,
      outcome,
      seconds: milliseconds / 1000,
    });
  });
}
