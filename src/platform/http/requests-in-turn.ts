import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { loopTurns } from '../tasks/loop-turns.js';
import { TooManyOnConnection, TooMuchToDo } from './problems.js';
import type { Request } from './request.js';

/** Requests of a connection that may wait; a client that pipelines more does not read its answers. */
const MOST_OF_CONNECTION = 16;

const tooMany = () => new TooManyOnConnection();
const tooLate = () => new TooMuchToDo();

/**
 * Makes requests begin in turn, fairly between callers; must be called after the hooks that measure
 * them.
 * @param callerOf returns the caller whose turn a request takes
 */
export function beginRequestsInTurn(
  instance: FastifyInstance,
  callerOf: (request: Request) => string,
): void {
  const waiting = new WeakMap<Socket, number>();
  instance.server.on('connection', () => loopTurns.noteConnection());
  instance.addHook('onRequest', (request, reply, done) => {
    // A health check must not wait behind other requests; otherwise a loaded replica would be
    // restarted.
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
