import { statement } from '../database/database.js';
import { isAfterPage, pageKeyOf } from '../personal-data/personal-records.js';

const KEY = { at: 'timestamptz', id: 'uuid' };

/** A short walk along the index of the column, however many entries there are. */
const entriesBy = (column: string) =>
  `(select id from audit_entries where ${column} = $1 and ${isAfterPage(KEY)}
     order by at desc, id desc limit $2)`;

/** The actions of a person, and the actions that concern them; shows nothing about others. */
export const ENTRIES_OF_PERSON = statement(
  'personal-data.audit',
  `select ${pageKeyOf(KEY, 'e.')}, e.id, e.at, e.action, e.room_id as "roomId", e.details,
          case when e.actor_id = $1 then e.actor_id end as "actorId",
          case when e.user_id = $1 then e.user_id end as "userId",
          case when e.actor_id = $1 then e.address end as address,
          case when e.actor_id = $1 then e.request_id end as "requestId"
     from (${entriesBy('actor_id')} union ${entriesBy('user_id')}) found
     join audit_entries e on e.id = found.id
    order by e.at desc, e.id desc limit $2`,
);
