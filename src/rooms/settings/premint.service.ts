import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Database, statement } from '../../platform/database/database.js';
import { type Alarm, AlarmsService } from '../../platform/audit/alarms.service.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { MAX_PREMINT_SECONDS } from './room.schema.js';

// The clock is in subqueries, so that the index of opening times is used. Mints once per opening:
// if that token expires, the next join replaces it.
const DUE = statement(
  'rooms.due-ahead',
  `select r.id as "roomId", r.opens_at as "opensAt"
     from rooms r join room_tokens t on t.room_id = r.id
    where r.opens_at > (select clock_timestamp())
      and r.opens_at <= (select clock_timestamp() + make_interval(secs => ${MAX_PREMINT_SECONDS}))
      and r.opens_at <= clock_timestamp() + make_interval(secs => r.premint_seconds)
      and r.deleted_at is null and r.status <> 'closed'
      and (t.serve_until is null or t.serve_until <= clock_timestamp())
      and (t.lease_until is null or t.lease_until <= clock_timestamp())
      and (t.retry_at is null or t.retry_at <= clock_timestamp())
      and not exists (select from room_generations g where g.room_id = r.id
                         and g.started_at > r.opens_at - make_interval(secs => r.premint_seconds))
    order by r.opens_at
    limit 16`,
);

const ENDS_EARLY = statement(
  'rooms.token-ends-early',
  `select r.closes_at as "closesAt", t.serve_until as "serveUntil"
     from rooms r join room_tokens t on t.room_id = r.id
    where r.id = $1 and t.serve_until < r.closes_at`,
);

interface DueRoom {
  readonly roomId: string;
  readonly opensAt: Date;
}

/** Mints the tokens of scheduled rooms ahead, so that failures are noticed before the opening. */
@Injectable()
export class PremintService {
  constructor(
    private readonly database: Database,
    private readonly tokens: TokensService,
    private readonly alarms: AlarmsService,
  ) {}

  /** Starts a mint for each room that opens soon, without waiting for it. */
  @Every('1 s', 'mint ahead')
  async mintDue(): Promise<void> {
    for (const room of await this.database.query<DueRoom>(DUE, []))
      this.tokens.mintAhead(room.roomId, (end) => this.tellOf(end, room));
  }

  private async tellOf(end: 'published' | 'failed', { roomId, opensAt }: DueRoom): Promise<void> {
    if (end === 'failed') {
      const details = { opensAt };
      await this.alarms.raiseOnce(this.about('mint_failed', roomId, opensAt, details));
      return;
    }
    const early = await this.database.queryOne<{ closesAt: Date; serveUntil: Date }>(ENDS_EARLY, [
      roomId,
    ]);
    if (early)
      await this.alarms.raiseOnce(this.about('token_ends_early', roomId, early.closesAt, early));
  }

  private about(kind: Alarm['kind'], roomId: string, time: Date, details: object) {
    return { kind, roomId, subject: time.toISOString(), details: { ...details } };
  }
}
