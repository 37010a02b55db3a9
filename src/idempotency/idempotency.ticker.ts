import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Ticker } from '../common/ticker.js';
import { IdempotencyService } from './idempotency.service.js';

const PERIOD_MS = 60_000;

/** Removes the marks of requests that are older than a day. */
@Injectable()
export class IdempotencyTicker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  constructor(keys: IdempotencyService) {
    this.ticker = new Ticker('sweep idempotency keys', PERIOD_MS, () => keys.sweep());
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.ticker.stop();
  }
}
