import { Injectable } from '@nestjs/common';
import { statement } from '../database/database.js';
import { PersonalDataService } from '../personal-data/personal-data.service.js';

const MEMBERSHIPS = statement(
  'personal-data.memberships',
  `select room_id as "roomId", role, created_at as "createdAt"
     from members where user_id = $1 order by created_at desc limit $2`,
);

const ACCESS_CODES = statement(
  'personal-data.access-codes',
  `select room_id as "roomId", version
     from access_code_grants where user_id = $1 order by room_id limit $2`,
);

/** Where a person belongs, and of which rooms he gave the access code. */
@Injectable()
export class PersonalAdmissions {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('memberships', MEMBERSHIPS);
    personalData.contribute('accessCodes', ACCESS_CODES);
  }
}
