import { Global, Module } from '@nestjs/common';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';
import { IdempotencyTicker } from './idempotency.ticker.js';

/** Global, so that a route needs nothing but `@Idempotent()`. */
@Global()
@Module({
  providers: [IdempotencyRepository, IdempotencyService, IdempotencyTicker],
  exports: [IdempotencyService],
})
export class IdempotencyModule {}
