import { Injectable } from '@nestjs/common';
import { Database, reservedStatement } from '../../platform/database/database.js';
import { AlarmsService } from '../../platform/audit/alarms.service.js';

/** Wrong codes of a room per hour, from all networks, that raise an alarm. */
const ALARMING = 300;

// An hour begins with a wrong code; of the previous hour, the part less than an hour ago counts.
const COUNT = reservedStatement(
  'access-code.count-wrong',
  `insert into wrong_access_codes as w (room_id, began_at, count, before)
   values ($1, clock_timestamp(), 1, 0)
   on conflict (room_id) do update
      set (began_at, count, before) = (
        select case hours when 0 then w.began_at when 1 then w.began_at + interval '1 hour'
                          else clock_timestamp() end,
               case hours when 0 then w.count + 1 else 1 end,
               case hours when 0 then w.before when 1 then w.count else 0 end
          from (select floor(extract(epoch from clock_timestamp() - w.began_at) / 3600) as hours) now)
   returning began_at as "beganAt",
             count + before * greatest(0, 1 - extract(epoch from clock_timestamp() - began_at) / 3600)
               >= ${ALARMING} as "isAlarming"`,
);

@Injectable()
export class WrongCodesService {
  constructor(
    private readonly database: Database,
    private readonly alarms: AlarmsService,
  ) {}

  /** Raises at most one alarm per hour: only people can stop an app that tries code after code. */
  async count(roomId: string): Promise<void> {
    const row = await this.database.queryOne<{ beganAt: Date; isAlarming: boolean }>(COUNT, [
      roomId,
    ]);
    if (!row?.isAlarming) return;
    const subject = row.beganAt.toISOString();
    const details = { atLeast: ALARMING };
    await this.alarms.raiseOnce({ kind: 'codes_guessed', roomId, subject, details });
  }
}
