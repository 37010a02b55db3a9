import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Reply, Request } from './request.js';

export interface RequestEnd {
  /** `ok`, a problem's code, or `aborted` if the client disconnected before its answer. */
  readonly outcome: string;
  readonly milliseconds: number;
}

type Listener = (request: Request, reply: Reply, end: RequestEnd) => void;
type Task = () => void;
type Response = Reply['raw'];

const listeners = new WeakMap<FastifyInstance, Listener[]>();
const problems = new WeakMap<Request, string>();
const ended = new WeakSet<Request>();

const tasksOf = new WeakMap<Response, Task[]>();
/** The responses of a connection that had to wait for an earlier response (HTTP pipelining). */
const waitedOn = new WeakMap<Socket, Set<Response>>();

export function noteProblem(request: Request, code: string): void {
  problems.set(request, code);
}

/** Records that an answer was sent completely, for answers that bypass Node's response. */
export function noteEnd(request: Request): void {
  ended.add(request);
}

/** Calls the listener once per request; `onResponse` does not report a disconnected client. */
export function onRequestEnd(instance: FastifyInstance, listener: Listener): void {
  const known = listeners.get(instance);
  if (known) return void known.push(listener);
  listeners.set(instance, [listener]);
  instance.addHook('onRequest', (request, reply, done) => {
    watchEnd(request, reply);
    done();
  });
}

/** Does the same for a request whose address cannot be read, which no hook sees. */
export function watchEnd(request: Request, reply: Reply): void {
  const startedAt = performance.now();
  whenOver(reply, () => {
    const milliseconds = performance.now() - startedAt;
    const isSent = reply.raw.writableFinished || ended.has(request);
    const outcome = isSent ? (problems.get(request) ?? 'ok') : 'aborted';
    for (const listener of listeners.get(request.server) ?? [])
      listener(request, reply, { outcome, milliseconds });
  });
}

/** Calls the task when the answer is sent or its client has left; immediately if it was before. */
export function whenOver({ raw }: Reply, task: Task): void {
  const known = tasksOf.get(raw);
  if (known) return void known.push(task);
  const { socket } = raw.req;
  if (raw.closed || socket.destroyed) return task();
  tasksOf.set(raw, [task]);
  // One shared function: a closure per response would cost memory on every open connection.
  raw.on('close', end);
  if (!raw.socket) responsesWaitingOn(socket).add(raw);
}

/** Watches the connection: when it closes, Node 20 does not close the responses that wait. */
function responsesWaitingOn(socket: Socket): Set<Response> {
  const known = waitedOn.get(socket);
  if (known) return known;
  const responses = new Set<Response>();
  waitedOn.set(socket, responses);
  socket.on('close', endAll);
  return responses;
}

function endAll(this: Socket): void {
  for (const response of waitedOn.get(this) ?? []) end.call(response);
}

function end(this: Response): void {
  const tasks = tasksOf.get(this) ?? [];
  tasksOf.delete(this);
  waitedOn.get(this.req.socket)?.delete(this);
  for (const task of tasks) task();
}
