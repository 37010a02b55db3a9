import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database, statement } from '../../platform/database/database.js';
import { newestMigration } from '../../platform/database/migrations/index.js';
import { NotPrimary } from '../../platform/database/primary-client.js';
import { TokensService } from '../../tokens/tokens.service.js';
import type { Readiness } from './health.schema.js';

/** A slow answer on a busy machine is no outage. */
const PATIENCE_MS = 3_000;
/** One failure may be a connection that was cut; the next attempt makes another connection. */
const MOST_FAILURES = 2;

const IS_MIGRATED = statement(
  'health.is-migrated',
  `select exists (select from migrations where name = $1)
          -- Refused unless these tables are there, with the right to read them.
          and not exists (select from rooms, room_tokens, members, users, sessions where false)
          as migrated,
          has_table_privilege('seats', 'insert') and has_table_privilege('seats', 'update')
          as "canJoin",
          clock_timestamp() as now`,
);

interface Answer {
  readonly migrated: boolean;
  /** Whether the server's role has the right to give people seats. */
  readonly canJoin: boolean;
  readonly now: Date;
}

/** What works, part by part. Live rooms need the database only, so CAS does not decide. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private isShuttingDown = false;
  private asking: Promise<boolean | undefined> | undefined;
  /** The database's time at monotonic 0, in milliseconds since the epoch, once it is known. */
  private epoch: number | undefined;
  private tried: { readonly moment: number; readonly at: Date } | undefined;

  constructor(
    private readonly database: Database,
    private readonly tokens: TokensService,
  ) {}

  async readiness(): Promise<Readiness> {
    const migrated = await this.isMigrated();
    const database = { works: migrated !== undefined };
    const migrations = { works: migrated ?? null };
    const isReady = !this.isShuttingDown && database.works && migrated === true;
    return {
      status: isReady ? 'ready' : 'not_ready',
      parts: { database, migrations, cas: this.cas(), tokens: this.storedTokens() },
    };
  }

  onModuleDestroy(): void {
    this.isShuttingDown = true;
  }

  /** Undefined if the database does not answer in time. One question for all who ask meanwhile. */
  private async isMigrated(): Promise<boolean | undefined> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return Promise.race([this.asking, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Undefined after two failures in a row, or at once where a standby or a read-only server answers. */
  private async ask(): Promise<boolean | undefined> {
    for (let failures = 0; failures < MOST_FAILURES; failures += 1)
      try {
        const [row] = await this.database.queryAside<Answer>(IS_MIGRATED, [newestMigration]);
        return row?.canJoin ? this.note(row) : undefined;
      } catch (error) {
        if (error instanceof NotPrimary) break;
      }
    return undefined;
  }

  private note({ migrated, now }: Answer): boolean {
    this.epoch = now.getTime() - performance.now();
    return migrated;
  }

  private cas(): Readiness['parts']['cas'] {
    const { triedAt: moment, ...call } = this.tokens.minting;
    if (moment === undefined || this.epoch === undefined) return call;
    // Kept, so that a time that was told once is told the same again.
    if (this.tried?.moment !== moment) this.tried = { moment, at: new Date(this.epoch + moment) };
    return { ...call, triedAt: this.tried.at };
  }

  private storedTokens() {
    const works = this.tokens.readsTokens;
    if (works === null) return { works, detail: 'no stored token was read yet' };
    const rooms = this.tokens.unreadableRooms.length;
    return works
      ? { works }
      : { works, detail: `${rooms} rooms with a token that does not decrypt; check SECRET_KEYS` };
  }
}
