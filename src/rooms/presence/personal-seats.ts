import { Injectable } from '@nestjs/common';
import { PersonalDataService } from '../../platform/personal-data/personal-data.service.js';

const SEATS = {
  fields: `id, room_id as "roomId", session_id as "sessionId", role,
           display_name as "displayName", generation, joined_at as "joinedAt", seen_at as "seenAt"`,
  from: 'seats where user_id = $1',
  key: { id: 'uuid' },
};

/** Where a person is inside, or was moments ago. */
@Injectable()
export class PersonalSeats {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('seats', SEATS);
  }
}
