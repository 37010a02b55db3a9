import { connect, type Socket } from 'node:net';

/** A connection to which a test writes anything, as slowly as it likes. */
export interface RawSocket {
  readonly socket: Socket;
  /** The answer, and after how many seconds the server closed the connection. */
  readonly closed: Promise<{ readonly answer: string; readonly seconds: number }>;
}

export function openSocket(url: string): RawSocket {
  const { hostname, port } = new URL(url);
  const startedAt = performance.now();
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    closed: closed.then(() => ({ answer, seconds: (performance.now() - startedAt) / 1_000 })),
  };
}

/** Writes a character at each interval, until the server closes the connection. */
export function trickle({ socket }: RawSocket, everyMs: number, text = 'a'): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.once('close', () => clearInterval(timer));
}
