import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The listeners that the process must connect, each with a separate request. */
export interface Crowd {
  readonly port: number;
  readonly path: string;
  readonly tokens: readonly string[];
}

/** Its reports: all are connected, or when all had received an event, in monotonic milliseconds. */
export type Report =
  | { readonly type: 'connected' }
  | { readonly type: 'told'; readonly first: number; readonly p99: number; readonly last: number };

const AT_ONCE = 50;
const report = (message: Report) => void process.send?.(message);

// A clock that all processes of a machine share.
const now = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;

let arrivals: number[] = [];
let size = 0;

function arrive(): void {
  arrivals.push(now());
  if (arrivals.length < size) return;
  const [first = 0] = arrivals;
  const p99 = arrivals[Math.ceil(size * 0.99) - 1] ?? 0;
  report({ type: 'told', first, p99, last: arrivals.at(-1) ?? 0 });
  arrivals = [];
}

async function listen({ port, path }: Crowd, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', (error) => {
    throw error;
  });
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n` +
      `authorization: Bearer ${token}\r\n\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.includes('200 OK')) throw new Error(answer.toString());
  socket.on('data', (bytes: Buffer) => {
    if (bytes.includes('event: room.updated')) arrive();
  });
  return socket;
}

process.on('message', (crowd: Crowd) => {
  void (async () => {
    for (let from = 0; from < crowd.tokens.length; from += AT_ONCE) {
      const some = crowd.tokens.slice(from, from + AT_ONCE);
      await Promise.all(some.map((token) => listen(crowd, token)));
    }
    size += crowd.tokens.length;
    report({ type: 'connected' });
  })();
});
