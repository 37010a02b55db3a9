import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { loopTurns } from '../tasks/loop-turns.js';
import { TooManyOnConnection, TooMuchToDo } from './problems.js';
import type { Request } from './request.js';

/** Waiting requests per connection; a client that pipelines more does not read its answers. */
const MOST_OF_CONNECTION = 16;

const tooMany = () => new TooManyOnConnection();
const tooLate = () => new TooMuchToDo();

/** Begins requests fairly between callers; must be called after the hooks that measure them. */
export function beginRequestsInTurn(
  instance: FastifyInstance,
  callerOf: (request: Request) => string,
): void {
  const waiting = new WeakMap<Socket, number>();
  instance.server.on('connection', () => loopTurns.noteConnection());
  instance.addHook('onRequest', (request, reply, done) => {
    // Otherwise a loaded replica would fail its health check, and be restarted.
    if (request.routeOptions.url?.startsWith('/health/')) return done();
    const { socket } = request.raw;
    const others = waiting.get(socket) ?? 0;
    if (others >= MOST_OF_CONNECTION) return done(tooMany());
    waiting.set(socket, others + 1);
    const goOn = (error?: Error) => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      done(error);
    };
    loopTurns.admit({
      callerOf: () => callerOf(request),
      hasGone: () => reply.raw.closed || socket.destroyed,
      begin: goOn,
      refuse: () => goOn(tooLate()),
    });
  });
}
