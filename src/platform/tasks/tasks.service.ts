import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { tasksOf } from './every.decorator.js';
import { providersOf } from './providers.js';
import { Ticker } from './ticker.js';

/** Runs the work that providers declare with `@Every(…)`, from bootstrap until shutdown. */
@Injectable()
export class Tasks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly tickers = new Map<string, Ticker>();

  constructor(private readonly discovery: DiscoveryService) {}

  get periods(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.tickers, ([name, { periodMs }]) => [name, periodMs]));
  }

  /** Resolves when the task is not running any more; it does not run again. */
  async stop(name: string): Promise<void> {
    await this.tickers.get(name)?.stop();
  }

  onApplicationBootstrap(): void {
    for (const { name, periodMs, work } of providersOf(this.discovery).flatMap(tasksOf)) {
      if (this.tickers.has(name)) throw new Error(`Two tasks are called “${name}”: rename one.`);
      this.tickers.set(name, new Ticker(name, periodMs, work));
    }
    for (const ticker of this.tickers.values()) ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(Array.from(this.tickers.values(), (ticker) => ticker.stop()));
  }
}
