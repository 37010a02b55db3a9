import { Injectable } from '@nestjs/common';
import { PersonalDataService } from '../../platform/personal-data/personal-data.service.js';

const TOKENS_RECEIVED = {
  fields: `room_id as "roomId", generation, seat_id as "seatId", display_name as "displayName", at`,
  from: 'holders where user_id = $1',
  key: { at: 'timestamptz', room_id: 'uuid', generation: 'int', seat_id: 'uuid' },
};

/** Which generations of which rooms were handed to a person; never the tokens. */
@Injectable()
export class PersonalGrants {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('tokensReceived', TOKENS_RECEIVED);
  }
}
