import { Injectable } from '@nestjs/common';
import { PersonalDataService } from '../personal-data/personal-data.service.js';

const KEYS = {
  fields: `claimed_at as "claimedAt"`,
  from: 'idempotency_marks where user_id = $1',
  key: { claimed_at: 'timestamptz', mark: 'bytea' },
};

/** When a person sent an `Idempotency-Key`; neither key nor answer can be read from what is stored. */
@Injectable()
export class PersonalMarks {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('idempotencyKeys', KEYS);
  }
}
