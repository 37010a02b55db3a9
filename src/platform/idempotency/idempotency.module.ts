import { Global, Module } from '@nestjs/common';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';
import { PersonalMarks } from './personal-marks.js';
import { RightsService } from './rights.service.js';

/** Global, so that a route needs nothing but `@Idempotent()`. */
@Global()
@Module({
  imports: [PersonalDataModule],
  providers: [PersonalMarks, IdempotencyRepository, IdempotencyService, RightsService],
  exports: [IdempotencyService, RightsService],
})
export class IdempotencyModule {}
