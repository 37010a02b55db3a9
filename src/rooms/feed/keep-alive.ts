import { setImmediate as nextIteration } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { ListenerRegistry } from './listener-registry.js';

/** Milliseconds from one part of the listeners to the next. */
export const PART_MS = 500;
/** With these every stream is written to every 11.5 s, so that 15 s never pass without a byte. */
export const PARTS = 23;
/** Streams that are written to in one iteration of the event loop: some 5 ms. */
const AT_ONCE = 200;

/**
 * Writes to open streams, so that proxies and clients see that they are alive: to one part of them
 * after the other, because 20,000 writes at once would slow down every request for half a second.
 */
@Injectable()
export class KeepAlive {
  private part = 0;
  private partAt: number | undefined;

  constructor(private readonly registry: ListenerRegistry) {}

  /** Writes to the parts that have become due, of which a call that comes late finds several. */
  @Every('500 ms', 'keep feeds alive')
  async writeToDueParts(now = performance.now()): Promise<void> {
    this.partAt ??= now - PART_MS;
    const due = Math.floor((now - this.partAt) / PART_MS);
    this.partAt += due * PART_MS;
    for (let part = 0; part < Math.min(due, PARTS); part += 1) await this.writeToNextPart();
  }

  private async writeToNextPart(): Promise<void> {
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
