import { setImmediate as nextIteration } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { ListenerRegistry } from './listener-registry.js';

/** Milliseconds in which every stream is written to once, so that 15 s never pass without a byte. */
const ALIVE_MS = 11_500;
/** Parts in which the listeners are kept alive, one at a time. */
export const PARTS = 23;
/** Streams that are written to in one iteration of the event loop: some 5 ms. */
const AT_ONCE = 200;

/**
 * Writes to open streams, so that proxies and clients see that they are alive. Each call writes to
 * one part of them, because 20,000 writes at once would slow down every request for half a second.
 */
@Injectable()
export class KeepAlive {
  private part = 0;

  constructor(private readonly registry: ListenerRegistry) {}

  @Every(() => ALIVE_MS / PARTS, 'keep feeds alive')
  async writeToNextPart(): Promise<void> {
    this.part = (this.part + 1) % PARTS;
    let written = 0;
    for (const listener of this.registry.listeners) {
      if (listener.number % PARTS !== this.part) continue;
      listener.keepAlive();
      written += 1;
      if (written % AT_ONCE === 0) await nextIteration();
    }
  }
}
