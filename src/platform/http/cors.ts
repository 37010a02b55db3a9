import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { FirstTimes } from '../tasks/first-times.js';
import type { Request } from './request.js';

/** Headers of an answer that pages may read, in addition to those that browsers always show. */
const EXPOSED = 'Date, ETag, Location, Retry-After, X-Request-Id';
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, if-match, last-event-id, latchkey-device',
  'access-control-max-age': '600',
};

/** True for the pages of the server itself, such as the reference; they need no permission. */
function isOwn(origin: string, { host, headers }: Request): boolean {
  const names = [host, headers.host];
  return URL.canParse(origin) && names.includes(new URL(origin).host);
}

/** Allows pages of these origins (`:*`: every port of the host); logs each refused origin once. */
export function allowOrigins(instance: FastifyInstance, origins: readonly string[]): void {
  const exact = new Set(origins.filter((each) => !each.endsWith(':*')));
  const ofAnyPort = new Set(origins.flatMap((each) => /^(.+):\*$/.exec(each)?.slice(1) ?? []));
  const isAllowed = (origin: string) =>
    exact.has(origin) || ofAnyPort.has(origin.replace(/:\d+$/, ''));
  const refused = new FirstTimes(100);
  const logger = new Logger('Cors');
  instance.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    // A cached answer is valid for a single origin.
    if (origins.length > 0) void reply.header('vary', 'Origin');
    if (origin === undefined) return done();
    if (!isAllowed(origin)) {
      if (!isOwn(origin, request) && refused.isFirst(origin)) warnOf(origin, logger);
      return done();
    }
    void reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
    });
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    if (!isPreflight) return done();
    void reply.code(204).headers(PREFLIGHT).send();
  });
}

function warnOf(origin: string, logger: Logger): void {
  const shown = origin.slice(0, 255);
  const isPage = origin.startsWith('http') && URL.canParse(origin);
  const cure =
    isPage && new URL(origin).origin === origin
      ? `add ${shown} to CORS_ORIGINS if its pages are yours`
      : 'serve the page from an http:// or https:// address, and add that address to CORS_ORIGINS';
  logger.warn({ origin: shown }, `refused a page whose origin is not allowed: ${cure}`);
}
