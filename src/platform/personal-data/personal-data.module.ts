import { Module, type Provider } from '@nestjs/common';
import type { Statement } from '../database/database.js';
import { PersonalDataService } from './personal-data.service.js';
import type { PersonalRecords } from './personal-records.js';

@Module({ providers: [PersonalDataService], exports: [PersonalDataService] })
export class PersonalDataModule {
  /**
   * Declares what a feature stores about people, for the providers of its module.
   * @param part the name in exports, camelCase
   * @param records where they are found; or a statement of the same form, as `pagesOf` makes it
   */
  static of(part: string, records: PersonalRecords | Statement): Provider {
    return {
      provide: `personal data: ${part}`,
      inject: [PersonalDataService],
      useFactory: (personalData: PersonalDataService) => personalData.contribute(part, records),
    };
  }
}
