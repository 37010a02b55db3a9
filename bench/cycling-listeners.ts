import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A place where a person listens. */
export interface Spot {
  readonly path: string;
  readonly token: string;
}

/**
 * Instructions for the process of the listeners: connect these, or let so many reconnect per second.
 */
export type Order =
  | {
      readonly type: 'connect';
      readonly port: number;
      readonly address: string;
      readonly spots: Spot[];
    }
  | { readonly type: 'cycle'; readonly perSecond: number };

/**
 * Its reports: all are connected, or how many have reconnected and failed since the last report.
 */
export type Report =
  | { readonly type: 'connected' }
  | { readonly type: 'cycled'; readonly again: number; readonly failed: number };

const AT_ONCE = 25;
const TICK_MS = 50;

let target = { port: 0, address: '' };
const sockets: Socket[] = [];
let spots: readonly Spot[] = [];
let counts = { again: 0, failed: 0 };
let timer: NodeJS.Timeout | undefined;

async function listen(place: number): Promise<void> {
  const spot = spots[place] as Spot;
  const { port, address } = target;
  const socket = connect({ port, host: '127.0.0.1', localAddress: address });
  sockets[place] = socket;
  socket.on('error', () => undefined);
  socket.write(
    `GET ${spot.path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n` +
      `authorization: Bearer ${spot.token}\r\n\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.includes('200 OK')) throw new Error(answer.toString());
  socket.resume();
  // The server has ended the stream after its maximum life.
  socket.once('end', () => again(place));
}

function again(place: number): void {
  counts.again += 1;
  sockets[place]?.destroy();
  listen(place).catch(() => {
    counts.failed += 1;
    setTimeout(() => again(place), 1_000).unref();
  });
}

async function connectAll(): Promise<void> {
  for (let from = 0; from < spots.length; from += AT_ONCE) {
    const size = Math.min(AT_ONCE, spots.length - from);
    await Promise.all(Array.from({ length: size }, (_, place) => listen(from + place)));
    await sleep(1);
  }
  process.send?.({ type: 'connected' } satisfies Report);
}

/**
 * The next listeners in turn close their streams and open new ones, as after a stream's maximum
 * life.
 */
function cycle(perSecond: number): void {
  clearInterval(timer);
  process.send?.({ type: 'cycled', ...counts } satisfies Report);
  counts = { again: 0, failed: 0 };
  if (perSecond === 0) return;
  const startedAt = performance.now();
  let turn = 0;
  timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    for (; turn < due; turn += 1) again(Math.floor(Math.random() * spots.length));
  }, TICK_MS);
}

process.on('message', (order: Order) => {
  if (order.type === 'cycle') return cycle(order.perSecond);
  target = order;
  spots = order.spots;
  void connectAll();
});
