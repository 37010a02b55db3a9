import type { Socket } from 'node:net';
import type { Reply } from '../../platform/http/request.js';

type Headers = Readonly<Record<string, string | string[]>>;

export type Outlet = Socket | Reply['raw'];

/**
 * Begins an answer that ends with its connection, and writes to the connection directly: Node would
 * keep the headers as long as it is open, which is more than half of an idle listener's memory.
 */
export function openAnswer(reply: Reply, own: Headers, begin: string): Outlet {
  const { raw } = reply;
  const known = reply.getHeaders() as Headers;
  const headers: Headers = { ...known, ...own, connection: 'close' };
  const head = headOf(headers);
  reply.hijack();
  // The framework would send the handler's result anyway, which costs a stack trace each time.
  reply.send = () => reply;
  for (const name of raw.getHeaderNames()) raw.removeHeader(name);
  // They have been read already, and would take the same memory again.
  Object.assign(raw.req, { headers: {}, rawHeaders: [] });
  const { socket } = raw;
  if (socket) {
    socket.write(head + begin);
    return socket;
  }
  // An earlier request on this connection has not been answered yet.
  raw.removeHeader('transfer-encoding');
  raw.writeHead(200, headers).write(begin);
  return raw;
}

/** @throws {TypeError} if a value contains a line break */
export function headOf(headers: Headers): string {
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  if (lines.some((line) => /[\r\n]/.test(line))) throw new TypeError('A header has a line break.');
  return ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
}
