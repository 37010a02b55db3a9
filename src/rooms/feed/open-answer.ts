import type { Socket } from 'node:net';
import type { Reply } from '../../platform/http/request.js';

type Headers = Readonly<Record<string, string | string[]>>;

/** What an open answer is written to. */
export type Outlet = Socket | Reply['raw'];

/**
 * Begins an answer that is over when its connection is, out of the framework's hands. It is written
 * to the connection itself, since Node would keep the headers, as objects and as text, for as long
 * as it lasts: the better half of what an idle listener would weigh.
 */
export function openAnswer(reply: Reply, own: Headers, begin: string): Outlet {
  const { raw } = reply;
  const known = reply.getHeaders() as Headers;
  const headers: Headers = { ...known, ...own, connection: 'close' };
  const head = headOf(headers);
  reply.hijack();
  // The framework sends the handler's result all the same, which costs a stack trace each time.
  reply.send = () => reply;
  for (const name of raw.getHeaderNames()) raw.removeHeader(name);
  // They have been read, and would weigh as much again.
  Object.assign(raw.req, { headers: {}, rawHeaders: [] });
  const { socket } = raw;
  if (socket) {
    socket.write(head + begin);
    return socket;
  }
  // Something that was asked before on this connection has yet to be answered.
  raw.removeHeader('transfer-encoding');
  raw.writeHead(200, headers).write(begin);
  return raw;
}

/** @throws {TypeError} if a value would begin a line of its own */
export function headOf(headers: Headers): string {
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  if (lines.some((line) => /[\r\n]/.test(line))) throw new TypeError('A header has a line break.');
  return ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
}
