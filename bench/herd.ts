import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from './server-under-test.js';

/** Connections that are opened at the same time; more would overflow the server's backlog. */
const OPENED_AT_ONCE = 200;
/** Time for the server to accept the last connections. */
const SETTLING_MS = 500;

/** The results of a herd. */
export interface Stampede {
  /** Milliseconds from the first request to the last answer. */
  readonly last: number;
  /** Answers other than 200, and connections that ended without an answer. */
  readonly errors: number;
  /** Number of different tokens in the answers. */
  readonly tokens: number;
}

/** Returns the answer of a connection: its status, and its body if it was complete. */
async function answerOn(socket: Socket): Promise<{ status: number; body: string }> {
  let text = '';
  try {
    for (;;) {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      text += bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (end < 0 || length === undefined || text.length < end + 4 + Number(length)) continue;
      return { status: Number(text.slice(9, 12)), body: text.slice(end + 4) };
    }
  } catch {
    return { status: 0, body: '' };
  }
}

/** Sends all requests at the same time, each on an open connection. */
export async function stampede(port: number, requests: readonly Request[]): Promise<Stampede> {
  const sockets: Socket[] = [];
  while (sockets.length < requests.length) {
    const size = Math.min(OPENED_AT_ONCE, requests.length - sockets.length);
    const some = Array.from({ length: size }, () => connect(port, '127.0.0.1'));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  await sleep(SETTLING_MS);
  const startedAt = performance.now();
  const answers = await Promise.all(
    sockets.map((socket, place) => {
      const { path, headers } = requests[place] as Request;
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`POST ${path} HTTP/1.1\r\nhost: bench\r\n${lines.join('')}\r\n`);
      return answerOn(socket);
    }),
  );
  const last = performance.now() - startedAt;
  for (const socket of sockets) socket.destroy();
  const tokens = new Set(answers.map(({ body }) => /"token":"([^"]+)"/.exec(body)?.[1]));
  return {
    last,
    errors: answers.filter(({ status }) => status !== 200).length,
    tokens: tokens.size,
  };
}
