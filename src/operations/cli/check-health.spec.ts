import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isReady } from './check-health.js';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** Starts a server that answers as ready or not ready; returns its port. */
async function listen(host: string, status = 200): Promise<number> {
  const made = createServer(({ url }, answer) =>
    answer.writeHead(url === '/health/ready' ? status : 404).end(),
  );
  server = made;
  await new Promise<void>((resolve) => made.listen(0, host, resolve));
  return (made.address() as AddressInfo).port;
}

describe('the health check', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.2',
    '0.0.0.0',
    'localhost',
    '::1',
    '::',
    '[::1]',
    '0:0:0:0:0:0:0:1',
  ])('the health check finds a server that listens on %s', async (host) => {
    const port = await listen(host.replace(/^\[(.*)\]$/, '$1'));
    expect(await isReady(host, port)).toBe(true);
  });

  it('the health check finds no server if the server listens elsewhere', async () => {
    const port = await listen('127.0.0.2');
    for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::'])
      expect([host, await isReady(host, port)]).toEqual([host, false]);
  });

  it('the health check distinguishes a ready server from one that is not ready', async () => {
    expect(await isReady('127.0.0.1', await listen('127.0.0.1', 503))).toBe(false);
  });
});
