import { Global, Module } from '@nestjs/common';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';
import { RightsService } from './rights.service.js';

/** Global, so that a route needs only `@Idempotent()`. */
@Global()
@Module({
  imports: [PersonalDataModule],
  providers: [
    // Neither key nor answer can be read from what is stored.
    PersonalDataModule.of('idempotencyKeys', {
      fields: `claimed_at as "claimedAt"`,
      from: 'idempotency_marks where user_id = $1',
      key: { claimed_at: 'timestamptz', mark: 'bytea' },
    }),
    IdempotencyRepository,
    IdempotencyService,
    RightsService,
  ],
  exports: [IdempotencyService, RightsService],
})
export class IdempotencyModule {}
