import type { FastifyInstance } from 'fastify';
import type { FairQueue, Turn } from '../tasks/fair-queue.js';
import type { Request } from './request.js';

/** The work of a request, counted in its caller's share until the handler ends. */
export class Work {
  private turn: Turn | undefined;

  constructor(
    private readonly queue?: FairQueue,
    private readonly key = '',
  ) {}

  /** Resolves when the share has a place; returns undefined if a place is free now. */
  begin(): Promise<void> | undefined {
    this.turn = this.queue?.enter(this.key);
    return this.turn?.begun;
  }

  end(): void {
    this.turn?.leave();
  }

  /** Waits without a place, and takes a place again for the work that follows. */
  async whileWaiting<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.end();
    const result = await wait();
    await this.begin();
    return result;
  }
}

/** Work that counts in several shares; their places are taken in this order. */
export class JointWork extends Work {
  constructor(private readonly parts: readonly Work[]) {
    super();
  }

  override async begin(): Promise<void> {
    for (const part of this.parts) await part.begin();
  }

  override end(): void {
    for (const part of this.parts) part.end();
  }
}

const works = new WeakMap<Request, Work>();
const UNCOUNTED = new Work();

export function workOf(request: Request): Work {
  return works.get(request) ?? UNCOUNTED;
}

export function countWork(request: Request, work: Work): void {
  works.set(request, work);
}

/** Ends the work of requests with their handlers; must be called before routes are registered. */
export function endWorkWithHandlers(instance: FastifyInstance): void {
  instance.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = async function (request, reply) {
      try {
        return await handler.call(this, request, reply);
      } finally {
        works.get(request)?.end();
        // A stream stays open for minutes and does not need its work any more.
        works.delete(request);
      }
    };
  });
}
