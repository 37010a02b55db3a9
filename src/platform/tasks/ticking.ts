import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Progress } from './progress.js';
import { Ticker } from './ticker.js';

/** A provider whose work is done again and again while the server runs. */
export abstract class Ticking implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  protected constructor(name: string, periodMs: number, work: () => Promise<Progress | void>) {
    this.ticker = new Ticker(name, periodMs, work);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.ticker.stop();
  }
}
