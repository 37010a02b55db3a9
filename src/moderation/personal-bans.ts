import { Injectable } from '@nestjs/common';
import { statement } from '../database/database.js';
import { PersonalDataService } from '../personal-data/personal-data.service.js';

const BANS = statement(
  'personal-data.bans',
  `select room_id as "roomId", until, reason, created_at as "createdAt"
     from bans where user_id = $1 order by created_at desc limit $2`,
);

/** From which rooms a person is banned; by whom is the other one's affair. */
@Injectable()
export class PersonalBans {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('bans', BANS);
  }
}
