import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Ticker } from '../common/ticker.js';
import { PresenceService } from './presence.service.js';

const PERIOD_MS = 5_000;

/** Removes the seats that ran out. */
@Injectable()
export class PresenceTicker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  constructor(presence: PresenceService) {
    this.ticker = new Ticker('sweep seats', PERIOD_MS, () => presence.sweep());
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.ticker.stop();
  }
}
