import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Ticker } from '../common/ticker.js';
import { TokensService } from './tokens.service.js';

const PERIOD_MS = 400;

/** Moves the rooms with people inside when their token ends; the lease decides which replica does. */
@Injectable()
export class TokensTicker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  constructor(tokens: TokensService) {
    this.ticker = new Ticker('renew tokens', PERIOD_MS, () => tokens.renewDue());
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.ticker.stop();
  }
}
