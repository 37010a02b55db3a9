import { createServer, type ServerResponse } from 'node:http';

// The minimal cost of a broadcast: open replies of node:http, and one write each.

const listeners = new Set<ServerResponse>();
const EVENT = Buffer.from('id: 42\nevent: room.updated\ndata: {}\n\n');

createServer((request, response) => {
  if (request.method === 'POST') {
    for (const listener of listeners) listener.write(EVENT);
    response.end();
    return;
  }
  if (request.url === '/') return void response.end();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('event: state\ndata: {}\n\n');
  listeners.add(response);
  response.once('close', () => listeners.delete(response));
}).listen(Number(process.env['PORT']), '127.0.0.1');
