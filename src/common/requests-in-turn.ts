import type { FastifyInstance } from 'fastify';
import { loopTurns } from './loop-turns.js';
import type { Request } from './request.js';

/**
 * Has the requests of an instance begin in turn; to be called after the hooks that measure them.
 * @param callerOf whose turn a request takes
 */
export function beginRequestsInTurn(
  instance: FastifyInstance,
  callerOf: (request: Request) => string,
): void {
  instance.server.on('connection', () => loopTurns.noteConnection());
  instance.addHook('onRequest', (request, reply, done) => {
    loopTurns.admit({
      callerOf: () => callerOf(request),
      hasGone: () => reply.raw.closed || request.raw.socket.destroyed,
      begin: done,
    });
  });
}
