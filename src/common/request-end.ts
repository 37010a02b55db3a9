import type { FastifyInstance } from 'fastify';
import type { Reply, Request } from './request.js';

/** What became of a request. */
export interface RequestEnd {
  /** `ok`, a problem's code, or `aborted` if the client went away before its answer. */
  readonly outcome: string;
  readonly milliseconds: number;
}

type Listener = (request: Request, reply: Reply, end: RequestEnd) => void;

const listeners = new WeakMap<FastifyInstance, Listener[]>();
const problems = new WeakMap<Request, string>();
const ended = new WeakSet<Request>();

/** Remembers which problem a request is answered with. */
export function noteProblem(request: Request, code: string): void {
  problems.set(request, code);
}

/** Says of an answer that was written past Node's response that all of it was sent. */
export function noteEnd(request: Request): void {
  ended.add(request);
}

/**
 * Calls the listener once for every request, when its answer is sent or its client has gone.
 * Fastify's own `onResponse` does not tell of the latter.
 */
export function onRequestEnd(instance: FastifyInstance, listener: Listener): void {
  const known = listeners.get(instance);
  if (known) return void known.push(listener);
  listeners.set(instance, [listener]);
  instance.addHook('onRequest', (request, reply, done) => {
    watchEnd(request, reply);
    done();
  });
}

/** The same for a request whose address cannot be read, which no hook sees. */
export function watchEnd(request: Request, reply: Reply): void {
  const startedAt = performance.now();
  // It comes once; that of `once` would weigh on every open connection.
  reply.raw.on('close', () => {
    const milliseconds = performance.now() - startedAt;
    const isSent = reply.raw.writableFinished || ended.has(request);
    const outcome = isSent ? (problems.get(request) ?? 'ok') : 'aborted';
    for (const listener of listeners.get(request.server) ?? [])
      listener(request, reply, { outcome, milliseconds });
  });
}
