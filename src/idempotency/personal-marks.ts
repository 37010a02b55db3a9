import { Injectable } from '@nestjs/common';
import { statement } from '../database/database.js';
import { PersonalDataService } from '../personal-data/personal-data.service.js';

const KEYS = statement(
  'personal-data.idempotency-keys',
  `select claimed_at as "claimedAt" from idempotency_marks
    where user_id = $1 order by claimed_at desc limit $2`,
);

/** When a person sent an `Idempotency-Key`; neither key nor answer can be read from what is stored. */
@Injectable()
export class PersonalMarks {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('idempotencyKeys', KEYS);
  }
}
