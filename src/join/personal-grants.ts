import { Injectable } from '@nestjs/common';
import { statement } from '../database/database.js';
import { PersonalDataService } from '../personal-data/personal-data.service.js';

const TOKENS_RECEIVED = statement(
  'personal-data.tokens-received',
  `select room_id as "roomId", generation, seat_id as "seatId", display_name as "displayName", at
     from holders where user_id = $1 order by at desc limit $2`,
);

/** Which generations of which rooms were handed to a person; never the tokens. */
@Injectable()
export class PersonalGrants {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('tokensReceived', TOKENS_RECEIVED);
  }
}
