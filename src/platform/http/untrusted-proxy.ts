import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { FirstTimes } from '../tasks/first-times.js';

/**
 * Says once of each neighbour that names clients, but is not trusted to: until it is, all who come
 * through it count as one address. It may be a caller who forges the header, so nothing follows.
 */
export function noticeUntrustedProxies(instance: FastifyInstance): void {
  const noticed = new FirstTimes(20);
  const logger = new Logger('Proxy');
  instance.addHook('onRequest', (request, _reply, done) => {
    const { 'x-forwarded-for': forwarded } = request.headers;
    // As Fastify reads it: the connection's own address, and those before it as far as it trusts.
    const isTrusted = (request.ips?.length ?? 1) > 1;
    const { remoteAddress: address } = request.socket;
    const isForwarding = forwarded !== undefined && forwarded.length > 0;
    if (isForwarding && !isTrusted && address !== undefined && noticed.isFirst(address))
      logger.warn(
        { address },
        `X-Forwarded-For came from an address outside TRUST_PROXY and does not count: add ${address} to TRUST_PROXY if it is your proxy`,
      );
    done();
  });
}
