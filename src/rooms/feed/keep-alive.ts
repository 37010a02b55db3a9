import { setImmediate as nextIteration } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { ListenerRegistry } from './listener-registry.js';

export const PART_MS = 500;
/** Every stream is written to every 11.5 s, so that 15 s never pass without a byte. */
export const PARTS = 23;
/** Streams that are written to per iteration of the event loop, which takes about 5 ms. */
const AT_ONCE = 200;

/**
 * Writes to open streams, so that proxies and clients see that they are alive: one part at a time,
 * because 20,000 writes at once would delay every request by half a second.
 */
@Injectable()
export class KeepAlive {
  private part = 0;
  private partAt: number | undefined;

  constructor(private readonly registry: ListenerRegistry) {}

  /** Writes to the parts that are due; a late call finds several. */
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
