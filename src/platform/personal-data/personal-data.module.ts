import { Module, type Provider } from '@nestjs/common';
import type { Statement } from '../database/database.js';
import { PersonalDataService } from './personal-data.service.js';
import type { PersonalRecords } from './personal-records.js';

@Module({ providers: [PersonalDataService], exports: [PersonalDataService] })
export class PersonalDataModule {
  /** Declares personal data that a feature stores, as a part (camelCase) of exports. */
  static of(part: string, records: PersonalRecords | Statement): Provider {
    return {
      provide: `personal data: ${part}`,
      inject: [PersonalDataService],
      useFactory: (personalData: PersonalDataService) => personalData.contribute(part, records),
    };
  }
}
