import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { networkOf } from '../../platform/http/network.js';
import { rowsOf, statement } from '../../platform/database/database.js';
import { AlarmsService } from '../../platform/audit/alarms.service.js';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';
import { InsideService } from '../join/inside.service.js';
import type { Report } from './report.schema.js';
import { type Advice, adviceFor, tellsOfDeadSession } from './sdk-errors.js';

/** Independent reports of a dead session that raise an alarm; one person may be mistaken. */
const ENOUGH = 3;

// The count is a single row, which every report locks, so that concurrent reports see each other;
// after enough reports nobody waits. A second report by the same person, invite or network of
// guests does not count, because a link lets anybody create guests.
const COUNT = statement(
  'reports.count',
  `with reporter as (
     insert into dead_session_reporters (room_id, generation, user_id, invite_id, network)
     select t.room_id, t.generation, $3, (select x.invite_id from sessions x where x.id = $4), $5
       from room_tokens t
      where t.room_id = $1 and t.generation = $2 and t.serve_until > clock_timestamp()
        and not exists (select from dead_sessions d where d.room_id = $1 and d.generation = $2
                           and d.reporters >= ${ENOUGH})
     on conflict do nothing
     returning room_id, generation
   )
   insert into dead_sessions as d (room_id, generation, reporters)
   select room_id, generation, 1 from reporter
   on conflict (room_id, generation) do update set reporters = d.reporters + 1
   returning reporters`,
);

const MOVED_ON: Advice = {
  action: 'rejoin',
  detail: 'The room has moved to another token: join again.',
};

/** Errors of the SDK that apps report; a server learns about vendor sessions in no other way. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly inside: InsideService,
    private readonly alarms: AlarmsService,
    private readonly secrets: ServerSecrets,
  ) {}

  /**
   * Several independent reports of a dead session raise an alarm. They never change the token,
   * because three people could then move everyone. @throws {NotInRoom}
   */
  async answer(room: string, { sdkCode, generation }: Report, caller: Caller): Promise<Advice> {
    const entry = await this.inside.findSeated(room, caller);
    if (generation < entry.generation) return MOVED_ON;
    if (tellsOfDeadSession(sdkCode)) await this.count(entry.roomId, generation, caller);
    return adviceFor(sdkCode);
  }

  private count(roomId: string, generation: number, caller: Caller): Promise<void> {
    const { userId, sessionId } = caller;
    const network = this.networkOf(roomId, caller);
    const subject = `generation ${generation}`;
    return this.alarms.raiseOnce(
      { kind: 'session_dead', roomId, subject, details: { generation } },
      async (transaction) => {
        const values = [roomId, generation, userId, sessionId, network];
        const [row] = await rowsOf<{ reporters: number }>(transaction, COUNT, values);
        return (row?.reporters ?? 0) >= ENOUGH;
      },
    );
  }

  /** The network of a guest as a keyed hash, which can be compared but not read. */
  private networkOf(roomId: string, { kind, origin }: Caller): Buffer | null {
    if (kind !== 'guest') return null;
    return this.secrets.mac('network of a reporter', `${roomId}|${networkOf(origin.address)}`);
  }
}
