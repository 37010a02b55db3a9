import { connect } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loopTurns } from '../tasks/loop-turns.js';
import { beginRequestsInTurn } from './requests-in-turn.js';

let instance: FastifyInstance;
let url: string;
let handled = 0;
let checks = 0;

beforeEach(async () => {
  handled = 0;
  checks = 0;
  instance = fastify();
  beginRequestsInTurn(instance, () => 'ann');
  instance.setErrorHandler((error: Error & { status?: number }, _request, reply) => {
    void reply.code(error.status ?? 500).send(error.message);
  });
  instance.get('/health/live', () => {
    checks += 1;
    return 'alive';
  });
  instance.get('/', () => ({ handled: (handled += 1) }));
  url = await instance.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => instance.close());

/** Makes the next request wait for its turn. */
function keepWaiting(): void {
  instance.server.prependOnceListener('request', () => loopTurns.noteConnection());
}

it('a request that has to wait is answered in its turn', async () => {
  keepWaiting();
  expect(await (await fetch(url)).json()).toEqual({ handled: 1 });
});

it('no work is done for a waiting request whose client disconnects', async () => {
  keepWaiting();
  instance.server.prependOnceListener('request', ({ socket }) => socket.destroy());
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(await (await fetch(url)).json()).toEqual({ handled: 1 });
});

it('of simultaneous requests on one connection, 16 wait and the others are refused', async () => {
  keepWaiting();
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answers = '';
  socket.on('data', (bytes) => (answers += String(bytes)));
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(40));
  await expect.poll(() => answers.match(/HTTP\/1\.1 \d+/g) ?? []).toHaveLength(40);
  socket.destroy();
  expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(16);
  expect(answers.match(/HTTP\/1\.1 429/g)).toHaveLength(24);
  expect(handled).toBe(16);
});

it('a health check begins at once, however many requests wait before it', async () => {
  keepWaiting();
  let begun = 0;
  instance.server.once('request', () => (begun = checks));
  expect(await (await fetch(`${url}/health/live`)).text()).toBe('alive');
  expect(begun).toBe(1);
});
