import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loopTurns } from './loop-turns.js';
import { beginRequestsInTurn } from './requests-in-turn.js';

let instance: FastifyInstance;
let url: string;
let handled = 0;

beforeEach(async () => {
  handled = 0;
  instance = fastify();
  beginRequestsInTurn(instance, () => 'ann');
  instance.get('/', () => ({ handled: (handled += 1) }));
  url = await instance.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => instance.close());

/** Has the next request wait for its turn. */
function keepWaiting(): void {
  instance.server.prependOnceListener('request', () => loopTurns.noteConnection());
}

it('A request that has to wait is answered in its turn.', async () => {
  keepWaiting();
  expect(await (await fetch(url)).json()).toEqual({ handled: 1 });
});

it('A request whose client goes while it waits is not worked for.', async () => {
  keepWaiting();
  instance.server.prependOnceListener('request', ({ socket }) => socket.destroy());
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(await (await fetch(url)).json()).toEqual({ handled: 1 });
});
