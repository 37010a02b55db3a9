import type { Socket } from 'node:net';
import { NotFoundException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { BearerForms } from './platform/access/bearer-form.ports.js';
import { bearerOf, knownUserOf } from './platform/access/verified-tokens.js';
import { faultOfAddress } from './platform/http/address-bytes.js';
import { filterAnswers } from './platform/http/answer-filter.js';
import { allowOrigins } from './platform/http/cors.js';
import { isJson, readJsonBody } from './platform/http/json-body.js';
import { networkOf } from './platform/http/network.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { HeadersTooLarge, InvalidRequest, BodyNotJson } from './platform/http/problems.js';
import { RequestValidationPipe } from './platform/http/request-validation.pipe.js';
import { addressOf } from './platform/http/request.js';
import { beginRequestsInTurn } from './platform/http/requests-in-turn.js';
import { logRequests } from './platform/http/request-log.js';
import { SECURITY } from './platform/http/security-headers.js';
import { noticeUntrustedProxies } from './platform/http/untrusted-proxy.js';
import { Config } from './platform/config/config.js';
import { MetricsService } from './operations/metrics/metrics.service.js';
import { observeRequests } from './operations/metrics/observe-requests.js';

const MAX_HEADERS = 64;

/** Sets up what the server and its tests have in common: hooks, parsers and the problem filter. */
export function setUpApp(app: NestFastifyApplication, log: Logger): void {
  const config = app.get(Config);
  const instance = app.getHttpAdapter().getInstance();
  // First, because a hook that answers skips all later hooks.
  logRequests(instance, log);
  if (config.METRICS_PORT !== 'off')
    observeRequests(instance, app.get(MetricsService, { strict: false }));
  app.useSecurityHeaders(SECURITY);
  noticeUntrustedProxies(instance);
  allowOrigins(instance, config.CORS_ORIGINS);
  const forms = app.get(BearerForms, { strict: false });
  const userOf = (authorization: string | undefined) =>
    knownUserOf(authorization) ?? forms.knownUserOf(bearerOf(authorization));
  // After CORS, so that pages can read these refusals too.
  beginRequestsInTurn(
    instance,
    (request) => userOf(request.headers.authorization) ?? networkOf(addressOf(request)),
  );
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestValidationPipe());

  readBodies(instance);

  instance.addHook('onRequest', (request, reply, done) => {
    // Answers hold tokens and personal data; a route that may be cached says so itself.
    void reply.header('cache-control', 'no-store').header('x-request-id', request.id);
    if (request.raw.rawHeaders.length > 2 * MAX_HEADERS) return done(new HeadersTooLarge());
    // Before the body is read: the body of a request without a route does not matter.
    if (request.is404) return done(new NotFoundException());
    const fault = faultOfAddress(request.url);
    if (fault !== undefined) return done(new InvalidRequest(fault));
    // Fastify would refuse an unknown form first; this way the body parser decides, and an empty
    // body passes.
    if (!isJson(request.headers['content-type'])) delete request.headers['content-type'];
    done();
  });
  filterAnswers(instance);
  closeConnectionsAfterAnswers(instance);
  closeConnectionsThatSaidNothing(instance);
}

/**
 * Accepts JSON bodies only. An empty body counts as none: clients name a type without a body, and
 * proxies send empty chunked bodies.
 */
function readBodies(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, bytes, done) => {
      try {
        done(null, readJsonBody(bytes, request));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  instance.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, bytes, done) => {
    if (bytes.length === 0) return done(null, undefined);
    done(new BodyNotJson());
  });
}

/** Closes connections after their answers during a shutdown, which keep-alive would delay. */
function closeConnectionsAfterAnswers(instance: FastifyInstance): void {
  let isClosing = false;
  instance.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  instance.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    done();
  });
}

/** Node counts connections that browsers open ahead as busy, and would wait until they time out. */
function closeConnectionsThatSaidNothing(instance: FastifyInstance): void {
  const silent = new Set<Socket>();
  // One shared function: a closure would cost memory as long as its connection is open.
  function forget(this: Socket): void {
    silent.delete(this);
    this.off('close', forget);
  }
  instance.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.on('close', forget);
  });
  instance.server.on('request', ({ socket }) => {
    if (silent.has(socket)) forget.call(socket);
  });
  instance.addHook('preClose', (done) => {
    for (const socket of silent) socket.destroy();
    done();
  });
}
