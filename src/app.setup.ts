import type { Socket } from 'node:net';
import { NotFoundException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { knownUserOf } from './platform/access/verified-tokens.js';
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

/** What the server and its tests apply alike. */
export function setUpApp(app: NestFastifyApplication, log: Logger): void {
  const config = app.get(Config);
  const instance = app.getHttpAdapter().getInstance();
  // First, since a hook that answers keeps a request from the hooks after it.
  logRequests(instance, log);
  if (config.METRICS_PORT !== 'off')
    observeRequests(instance, app.get(MetricsService, { strict: false }));
  app.useSecurityHeaders(SECURITY);
  noticeUntrustedProxies(instance);
  allowOrigins(instance, config.CORS_ORIGINS);
  // After CORS, so that pages can read these refusals as well.
  beginRequestsInTurn(
    instance,
    (request) => knownUserOf(request.headers.authorization) ?? networkOf(addressOf(request)),
  );
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestValidationPipe());

  readBodies(instance);

  instance.addHook('onRequest', (request, reply, done) => {
    // Answers hold tokens and personal data; a route that may be cached says so itself.
    void reply.header('cache-control', 'no-store').header('x-request-id', request.id);
    if (request.raw.rawHeaders.length > 2 * MAX_HEADERS) return done(new HeadersTooLarge());
    // Before the body is looked at: what was sent to nowhere does not matter.
    if (request.is404) return done(new NotFoundException());
    const fault = faultOfAddress(request.url);
    if (fault !== undefined) return done(new InvalidRequest(fault));
    // So that the body is looked at first, and only then refused: nothing is in no form.
    if (!isJson(request.headers['content-type'])) delete request.headers['content-type'];
    done();
  });
  filterAnswers(instance);
  closeConnectionsAfterAnswers(instance);
  closeConnectionsThatSaidNothing(instance);
}

/**
 * JSON, and nothing else. An empty body is none, however it is framed, and whatever form is named:
 * some clients name the form of a body that they do not send, and proxies send empty chunked ones.
 */
function readBodies(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    ({ headers }, bytes, done) => {
      try {
        done(null, readJsonBody(bytes, headers['content-type']));
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

/** A connection that is in use when the server begins to close would else be kept, and waited for. */
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

/**
 * Browsers open connections ahead of any request. Node counts one as busy until it has had its first,
 * so that a server would wait for it until its time is over.
 */
function closeConnectionsThatSaidNothing(instance: FastifyInstance): void {
  const silent = new Set<Socket>();
  // One function for all: of its own, it would weigh on every connection as long as that is open.
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
