import { Injectable } from '@nestjs/common';
import { PersonalDataService } from '../../platform/personal-data/personal-data.service.js';

const SESSIONS = {
  fields: `id, device_id as "deviceId", device, address, created_at as "createdAt",
           last_used_at as "lastUsedAt", idle_expires_at as "idleExpiresAt",
           expires_at as "expiresAt", revoked_at as "revokedAt"`,
  from: 'sessions where user_id = $1',
  key: { id: 'uuid' },
};

/** What is stored of a person's sign-ins. */
@Injectable()
export class PersonalSessions {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('sessions', SESSIONS);
  }
}
