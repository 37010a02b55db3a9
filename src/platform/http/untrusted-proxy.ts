import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { FirstTimes } from '../tasks/first-times.js';

/** Logs each untrusted peer that sends `X-Forwarded-For` once; it may be a client that forges. */
export function noticeUntrustedProxies(instance: FastifyInstance): void {
  const noticed = new FirstTimes(20);
  const logger = new Logger('Proxy');
  instance.addHook('onRequest', (request, _reply, done) => {
    const { 'x-forwarded-for': forwarded } = request.headers;
    // Fastify's list starts with the connection, and continues as far as proxies are trusted.
    const isTrusted = (request.ips?.length ?? 1) > 1;
    const { remoteAddress: address } = request.socket;
    const isForwarding = forwarded !== undefined && forwarded.length > 0;
    if (isForwarding && !isTrusted && address !== undefined && noticed.isFirst(address))
      logger.warn(
        { address },
        `ignored X-Forwarded-For from an address that TRUST_PROXY does not list: add ${address} to TRUST_PROXY if it is your proxy`,
      );
    done();
  });
}
