import type { FastifyInstance } from 'fastify';
import type { FairQueue, Turn } from '../tasks/fair-queue.js';
import type { Request } from './request.js';

/**
 * The work that a request causes, in the share of its caller. It counts from the guard until the
 * handler has ended, also if the client has gone meanwhile; not while it waits for something that
 * costs nothing, such as a token or news.
 */
export class Work {
  private turn: Turn | undefined;

  constructor(
    private readonly queue?: FairQueue,
    private readonly key = '',
  ) {}

  /** Resolves when the share has a place; undefined if it has one now. */
  begin(): Promise<void> | undefined {
    this.turn = this.queue?.enter(this.key);
    return this.turn?.begun;
  }

  end(): void {
    this.turn?.leave();
  }

  /** Waits without a place, and takes one again for the work that follows. */
  async whileWaiting<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.end();
    const result = await wait();
    await this.begin();
    return result;
  }
}

const works = new WeakMap<Request, Work>();
const UNCOUNTED = new Work();

/** The work of a request; of a request that is not limited, one that never waits. */
export function workOf(request: Request): Work {
  return works.get(request) ?? UNCOUNTED;
}

/** Counts the work of a request from now on. */
export function countWork(request: Request, work: Work): void {
  works.set(request, work);
}

/** Ends the work of every request together with its handler; to be called before the routes exist. */
export function endWorkWithHandlers(instance: FastifyInstance): void {
  instance.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = async function (request, reply) {
      try {
        return await handler.call(this, request, reply);
      } finally {
        works.get(request)?.end();
        // A stream goes on for minutes, and needs it no more.
        works.delete(request);
      }
    };
  });
}
