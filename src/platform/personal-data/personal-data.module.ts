import { Module, type Provider } from '@nestjs/common';
import type { Statement } from '../database/database.js';
import { PersonalDataService } from './personal-data.service.js';
import type { PersonalRecords } from './personal-records.js';

@Module({ providers: [PersonalDataService], exports: [PersonalDataService] })
export class PersonalDataModule {
  /**
   * Declares personal data that a feature stores, for the providers of its module.
   * @param part name in exports, camelCase
   * @param records where the rows are found, or a statement of the form that `pagesOf` makes
   */
  static of(part: string, records: PersonalRecords | Statement): Provider {
    return {
      provide: `personal data: ${part}`,
      inject: [PersonalDataService],
      useFactory: (personalData: PersonalDataService) => personalData.contribute(part, records),
    };
  }
}
