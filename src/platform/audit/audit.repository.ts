import { Injectable } from '@nestjs/common';
import { type Page, toPage } from '../http/paging.js';
import { Database, statement } from '../database/database.js';
import type { AuditEntryView, ReadAudit } from './audit.schema.js';

/** The condition of each query parameter; each has an index that ends in the time. */
const CONDITIONS = {
  cursor: (value: string) => `(at, id) < (select at, id from audit_entries where id = ${value})`,
  since: (value: string) => `at >= ${value}`,
  until: (value: string) => `at < ${value}`,
  action: (value: string) => `action = ${value}`,
  actorId: (value: string) => `actor_id = ${value}`,
  userId: (value: string) => `user_id = ${value}`,
  roomId: (value: string) => `room_id = ${value}`,
} as const;
const MEMBERS = Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[];

/** Reads audit entries in the order of the database's time, whichever replica wrote them. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async list(query: ReadAudit): Promise<Page<AuditEntryView>> {
    const asked = MEMBERS.filter((member) => query[member] !== undefined);
    const conditions = asked.map((member, index) => CONDITIONS[member](`$${index + 2}`));
    // Each set of conditions has its own name, and therefore its own plan.
    const list = statement(
      ['audit.list', ...asked].join('-'),
      `select id, at, action, actor_id as "actorId", user_id as "userId", room_id as "roomId",
              details, address, request_id as "requestId"
         from audit_entries ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
        order by at desc, id desc limit $1`,
    );
    const values = [query.limit + 1, ...asked.map((member) => query[member])];
    return toPage(await this.database.query<AuditEntryView>(list, values), query);
  }
}
