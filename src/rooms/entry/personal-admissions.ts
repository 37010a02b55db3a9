import { Injectable } from '@nestjs/common';
import { PersonalDataService } from '../../platform/personal-data/personal-data.service.js';

const MEMBERSHIPS = {
  fields: `room_id as "roomId", role, created_at as "createdAt"`,
  from: 'members where user_id = $1',
  key: { created_at: 'timestamptz', room_id: 'uuid' },
};

const ACCESS_CODES = {
  fields: `room_id as "roomId", version`,
  from: 'access_code_grants where user_id = $1',
  key: { room_id: 'uuid' },
};

/** Where a person belongs, and of which rooms he gave the access code. */
@Injectable()
export class PersonalAdmissions {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('memberships', MEMBERSHIPS);
    personalData.contribute('accessCodes', ACCESS_CODES);
  }
}
