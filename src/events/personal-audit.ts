import { Injectable } from '@nestjs/common';
import { statement } from '../database/database.js';
import { PersonalDataService } from '../personal-data/personal-data.service.js';

// The address is of whoever did it, and personal to him alone.
const ENTRIES = statement(
  'personal-data.audit',
  `select id, at, action, actor_id as "actorId", user_id as "userId", room_id as "roomId", details,
          case when actor_id = $1 then address end as address, request_id as "requestId"
     from audit_entries where actor_id = $1 or user_id = $1 order by at desc, id desc limit $2`,
);

const REPORTS = statement(
  'personal-data.reports',
  `select room_id as "roomId", generation from dead_session_reporters
    where user_id = $1 order by room_id, generation desc limit $2`,
);

/** What a person did, and what was done to him; which dead sessions he reported. */
@Injectable()
export class PersonalAudit {
  constructor(personalData: PersonalDataService) {
    personalData.contribute('auditEntries', ENTRIES);
    personalData.contribute('reports', REPORTS);
  }
}
