import { Module } from '@nestjs/common';
import { GuessesRepository } from './guesses.repository.js';
import { RateLimits } from './rate-limits.service.js';

@Module({
  providers: [RateLimits, GuessesRepository],
  exports: [RateLimits],
})
export class ThrottlingModule {}
