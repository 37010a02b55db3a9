import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { openSocket, type RawSocket, trickle } from '../../support/raw-socket.js';

const server = useApp();
const HEAD =
  'POST /v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

const WAYS: Readonly<Record<string, (client: RawSocket) => void>> = {
  'say nothing after the first line': ({ socket }) => socket.write(HEAD),
  'trickle headers': (client) => {
    client.socket.write(`${HEAD}x-slow: `);
    trickle(client, 500);
  },
  'send no body': ({ socket }) => socket.write(`${HEAD}content-length: 100\r\n\r\n`),
  'trickle a body': (client) => {
    client.socket.write(`${HEAD}content-length: 10000\r\n\r\n{"email":"`);
    trickle(client, 500);
  },
  'trickle a body in chunks': (client) => {
    client.socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`);
    trickle(client, 500, '1\r\na\r\n');
  },
};

describe('slow clients', { timeout: 40_000 }, () => {
  it('slow clients of every kind are disconnected within 12 s, and other clients are served meanwhile', async () => {
    const started = Object.entries(WAYS).flatMap(([way, behave]) =>
      Array.from({ length: 20 }, () => {
        const client = openSocket(server.url);
        behave(client);
        return { way, closed: client.closed };
      }),
    );
    let isOver = false;
    const all = Promise.all(started.map(async ({ way, closed }) => ({ way, ...(await closed) })));
    const others = (async () => {
      let answered = 0;
      while (!isOver) {
        expect((await server.admin.get('/v1/me')).status).toBe(200);
        answered += 1;
        await sleep(50);
      }
      return answered;
    })();
    const ends = await all;
    isOver = true;
    expect(await others).toBeGreaterThan(10);
    expect(ends).toHaveLength(100);
    for (const { way, answer, seconds } of ends) {
      // The contract allows 10 s for a request; the server checks once a second.
      expect([way, seconds < 12.5]).toEqual([way, true]);
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect([way, head.split('\r\n')[0]]).toEqual([way, 'HTTP/1.1 408 Request timeout']);
      expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request_timeout' });
      expect(head).toMatch(/^connection: close$/m);
    }
  });
});
