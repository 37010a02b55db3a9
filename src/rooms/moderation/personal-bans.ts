import { Injectable } from '@nestjs/common';
import { PersonalDataService } from '../../platform/personal-data/personal-data.service.js';

const BANS = {
  fields: `room_id as "roomId", until, reason, created_at as "createdAt"`,
  from: 'bans where user_id = $1',
  key: { created_at: 'timestamptz', room_id: 'uuid' },
};

/** From which rooms a person is banned; by whom is the other one's affair. */
@Injectable()
export class PersonalBans {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('bans', BANS);
  }
}
