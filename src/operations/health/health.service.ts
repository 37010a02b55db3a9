import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database, statement } from '../../platform/database/database.js';
import { newestMigration } from '../../platform/database/migrations/index.js';
import { NotPrimary } from '../../platform/database/primary-client.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { IssuersService } from '../../users/issuers/issuers.service.js';
import type { Readiness } from './health.schema.js';

/** A slow answer on a busy machine is not an outage. */
const PATIENCE_MS = 3_000;
/** A single failure may be a broken connection; the next attempt opens a new connection. */
const MOST_FAILURES = 2;

const IS_MIGRATED = statement(
  'health.is-migrated',
  `select exists (select from migrations where name = $1)
          -- Fails unless these tables exist and are readable.
          and not exists (select from rooms, room_tokens, members, users, sessions where false)
          as migrated,
          has_table_privilege('seats', 'insert') and has_table_privilege('seats', 'update')
          as "canJoin",
          clock_timestamp() as now`,
);

interface Answer {
  readonly migrated: boolean;
  readonly canJoin: boolean;
  readonly now: Date;
}

/** The state of the server's parts; CAS and issuers do not count, because live rooms do not need them. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private isShuttingDown = false;
  private asking: Promise<boolean | undefined> | undefined;
  /** The database's time at monotonic 0, in milliseconds since the epoch. */
  private epoch: number | undefined;
  private tried: { readonly moment: number; readonly at: Date } | undefined;

  constructor(
    private readonly database: Database,
    private readonly tokens: TokensService,
    private readonly issuers: IssuersService,
  ) {}

  async readiness(): Promise<Readiness> {
    const migrated = await this.isMigrated();
    const database = { works: migrated !== undefined };
    const migrations = { works: migrated ?? null };
    const issuers = this.issuers.health;
    const isReady = !this.isShuttingDown && database.works && migrated === true;
    return {
      status: isReady ? 'ready' : 'not_ready',
      parts: {
        database,
        migrations,
        cas: this.cas(),
        tokens: this.storedTokens(),
        ...(issuers && { issuers }),
      },
    };
  }

  onModuleDestroy(): void {
    this.isShuttingDown = true;
  }

  /** Returns undefined if the database does not answer in time. Concurrent callers share a query. */
  private async isMigrated(): Promise<boolean | undefined> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return Promise.race([this.asking, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Returns undefined after two failures, or immediately if the server is not the primary. */
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
    // Stored, so that repeated answers show the same time.
    if (this.tried?.moment !== moment) this.tried = { moment, at: new Date(this.epoch + moment) };
    return { ...call, triedAt: this.tried.at };
  }

  private storedTokens() {
    const works = this.tokens.readsTokens;
    if (works === null) return { works, detail: 'no stored token has been read yet' };
    const rooms = this.tokens.unreadableRooms.length;
    return works
      ? { works }
      : {
          works,
          detail: `${rooms} rooms with a token that cannot be decrypted; check SECRET_KEYS`,
        };
  }
}
