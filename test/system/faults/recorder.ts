import type { CasCall } from '../../../sandbox/cas/cas-stats.js';
import { type Face, joinAs } from '../../support/crowd.js';
import { databaseAheadBy } from '../../support/database-clock.js';
import type { TestDatabase } from '../../support/database.js';
import type { JoinGrant, ProblemBody } from '../../support/shapes.js';
import type { History, Join, Publish } from './history.js';

const PUBLISHES = `
  select room_id as room, generation, fingerprint, reason,
         extract(epoch from started_at)::float8 * 1000 as "doneAt"
    from room_generations where room_id = any($1)`;

/** A join with its whole answer, which is not recorded. */
export interface Answered extends Join {
  readonly body?: JoinGrant;
}

/** Records events, all by the monotonic clock of one process. */
export class Recorder {
  private joins: Join[] = [];
  private calls: CasCall[] = [];

  /** The joins that have ended so far. */
  callCount = 0;

  readonly noteCall = (call: CasCall): void => {
    this.calls.push(call);
    this.callCount += 1;
  };

  /** Joins and records the result; a join without an answer is recorded as `no answer`. */
  async join(replica: number, url: string, face: Face, room: string): Promise<Answered> {
    const startedAt = performance.now();
    const answer = await joinAs<JoinGrant & ProblemBody>(url, face, room).catch(() => undefined);
    const body = answer?.status === 200 ? answer.body : undefined;
    const problem = answer ? answer.body.code : 'no answer';
    const outcome = body ? { grant: grantOf(body) } : { problem };
    const join = { room, replica, startedAt, endedAt: performance.now(), ...outcome };
    this.joins.push(join);
    return { ...join, ...(body && { body }) };
  }

  /** Returns everything recorded together with the rows of the database, and starts again. */
  async take(database: TestDatabase): Promise<History> {
    const { joins, calls } = this;
    this.joins = [];
    // A token that is minted in one round may be handed out in the next.
    this.calls = calls.slice(-1_000);
    const rooms = [...new Set(joins.map(({ room }) => room))];
    const rows = await database.query<Omit<Publish, 'startedAt'>>(PUBLISHES, [rooms]);
    const ahead = await databaseAheadBy(database);
    const publishes = rows.map((row) => ({ ...row, startedAt: row.doneAt - ahead }));
    return { joins, publishes, calls };
  }
}

function grantOf({ generation, token, fingerprint, refreshAfter }: JoinGrant) {
  return { generation, token, fingerprint, serveUntil: Date.parse(refreshAfter) };
}
