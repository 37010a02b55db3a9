import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { GuessesRepository } from './guesses.repository.js';
import { MemoryLimiter } from './memory-limiter.js';
import { QuotasRepository } from './quotas.repository.js';
import { RateLimits } from './rate-limits.service.js';
import { Refusals } from './refusals.js';
import { RequestLimitGuard } from './request-limit.guard.js';
import { RequestShares } from './request-shares.service.js';
import { LimitsTasks } from './limits.tasks.js';

/** Maximum number of counters in memory; beyond it, the oldest counter is reset. */
const CAPACITY = 100_000;

@Module({
  providers: [
    { provide: MemoryLimiter, useFactory: () => new MemoryLimiter(CAPACITY) },
    RateLimits,
    GuessesRepository,
    QuotasRepository,
    Refusals,
    RequestShares,
    LimitsTasks,
  ],
  exports: [MemoryLimiter, RateLimits, Refusals, RequestShares],
})
export class LimitsModule {}

/** Must be imported after the module of the access guard, because it counts by the guard's user. */
@Module({
  imports: [LimitsModule],
  providers: [{ provide: APP_GUARD, useClass: RequestLimitGuard }],
})
export class RequestLimitModule {}
