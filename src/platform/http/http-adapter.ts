import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { isAmong } from './addresses.js';
import { limitBodies, USUAL_BODY } from './body-limits.js';
import { titleOf } from './problem.js';
import { sendProblem } from './problem.filter.js';
import { HeadersTooLarge, InvalidRequest, RequestTimeout, UnreadableAddress } from './problems.js';
import type { Reply, Request } from './request.js';
import { watchEnd } from './request-end.js';
import { endWorkWithHandlers } from './request-work.js';
import { recordRoutes } from './route-table.js';
import { SECURITY_HEADERS } from './security-headers.js';

const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
const SECURITY_LINES = SECURITY_HEADERS.map((header) => `${header.join(': ')}\r\n`).join('');

const UNREADABLE =
  'The request cannot be read: check that it is HTTP/1.1 with well-formed headers.';

/** Answers on the socket what Node's HTTP parser refuses; Fastify never sees such requests. */
function refuseOnSocket(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, code } =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? RequestTimeout
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? HeadersTooLarge
        : InvalidRequest;
  const requestId = randomUUID();
  new Logger('Http').log(
    { requestId, status, outcome: code },
    'refused a request that is not valid HTTP',
  );
  const body = JSON.stringify({
    type: `urn:latchkey:problem:${code}`,
    title: titleOf(code),
    status,
    detail: UNREADABLE,
    code,
    requestId,
  });
  socket.end(
    `HTTP/1.1 ${status} ${titleOf(code)}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `cache-control: no-store\r\nx-request-id: ${requestId}\r\n${SECURITY_LINES}` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Creates the Fastify adapter, with every limit that Fastify does not set by default. */
export function createHttpAdapter(trustedProxies: readonly string[]): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: USUAL_BODY.bytes,
    // Both time limits are needed: with either of them alone a slow body is never cut off.
    requestTimeout: REQUEST_MS,
    http: {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
    },
    trustProxy: trustedProxies.length > 0 ? isAmong(trustedProxies) : false,
    genReqId: () => randomUUID(),
    // A request on an open connection is still served while the server closes.
    return503OnClosing: false,
    logger: false,
    clientErrorHandler: refuseOnSocket,
    frameworkErrors: (_error: Error, request: Request, reply: Reply) => {
      watchEnd(request, reply);
      void reply.headers(Object.fromEntries(SECURITY_HEADERS));
      sendProblem(new UnreadableAddress(), request, reply);
    },
  });
  recordRoutes(adapter.getInstance());
  limitBodies(adapter.getInstance());
  endWorkWithHandlers(adapter.getInstance());
  return adapter;
}
