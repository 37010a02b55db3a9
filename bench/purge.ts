import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { eraseData } from '../sandbox/postgres/cluster.js';
import { startPostgres } from '../sandbox/postgres/postgres.js';
import { InvitesRepository } from '../src/rooms/entry/invites.repository.js';
import { EndedSessionsRepository } from '../src/users/sessions/ended-sessions.repository.js';
import type { Progress } from '../src/platform/tasks/progress.js';
import { readConfig } from '../src/platform/config/config.js';
import { Database, type Statement } from '../src/platform/database/database.js';
import { dataSourceOptions } from '../src/platform/database/data-source.js';
import { migrate } from '../src/platform/database/migrate.js';
import { AuditService } from '../src/platform/audit/audit.service.js';
import { RoomEvents } from '../src/platform/room-events/room-events.service.js';
import { GuestsRepository } from '../src/rooms/guests/guests.repository.js';
import { GenerationsRepository } from '../src/rooms/history/generations.repository.js';
import { HoldersRepository } from '../src/rooms/history/holders.repository.js';
import { IdempotencyRepository } from '../src/platform/idempotency/idempotency.repository.js';
import { SeatSweepRepository } from '../src/rooms/join/seat-sweep.repository.js';
import { GuessesRepository } from '../src/platform/limits/guesses.repository.js';
import { QuotasRepository } from '../src/platform/limits/quotas.repository.js';
import { ROWS } from './purge-rows.js';

// How long each purge takes with a backlog of a million rows, and its longest statement.

const COUNT = Number(process.env['ROWS'] ?? 1_000_000);
const HELD = 20_000;
/** No statement may come near the limit of 2 s. */
const ALLOWED_MS = 1_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Records the duration of its statements. */
class Watched extends Database {
  statements: number[] = [];

  override async query<Row>(query: Statement, values: readonly unknown[]): Promise<Row[]> {
    const beganAt = performance.now();
    try {
      return await super.query<Row>(query, values);
    } finally {
      this.statements.push(performance.now() - beganAt);
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
const dataDir = join(folder, 'data');
const postgres = await startPostgres({ dataDir, durable: false });
const config = readConfig({
  DATABASE_URL: postgres.url,
  CAS_URL: 'http://127.0.0.1:1',
  CAS_ALLOW_HTTP: 'on',
  CAS_API_KEY: 'bench',
  CAS_API_SECRET: 'bench',
  SECRET_KEYS: 'b64c1f0e7a93d5826fe4b1c09d7a3e58',
});
await migrate(config);
const source = await new DataSource(dataSourceOptions(config)).initialize();
const database = new Watched(source, config);
const owner = new pg.Client({ connectionString: postgres.url });
await owner.connect();

const { PERSONAL_DATA_TTL, AUDIT_TTL } = config;
const audit = new AuditService(database);
const sweep = new SeatSweepRepository(database, config);
const events = new RoomEvents(database);
// Seats before their sessions.
const PURGES: readonly [what: string, purge: () => Promise<Progress>][] = [
  ['seats that ran out', () => sweep.sweep()],
  ['sessions', () => new EndedSessionsRepository(database, config).purge()],
  ['holders', () => new HoldersRepository(database).purge(PERSONAL_DATA_TTL)],
  ['throttles', () => new GuessesRepository(database).sweep()],
  ['rate_limits', () => new QuotasRepository(database).sweep()],
  ['idempotency_marks', () => new IdempotencyRepository(database).sweep()],
  ['room_events', () => events.purge()],
  ['room_generations', () => new GenerationsRepository(database).purge(PERSONAL_DATA_TTL)],
  ['invites', () => new InvitesRepository(database, config).purge()],
  ['addresses of audit_entries', () => audit.forgetOldAddresses(PERSONAL_DATA_TTL)],
  ['audit_entries', () => audit.purge(AUDIT_TTL)],
  ['guests, a tenth as many', () => new GuestsRepository(database, config).purge()],
];

/** Runs until nothing is left, as the tasks do. */
async function measure(what: string, purge: () => Promise<Progress>): Promise<void> {
  database.statements = [];
  const beganAt = performance.now();
  while ((await purge()) === 'unfinished');
  const seconds = (performance.now() - beganAt) / 1_000;
  const longest = Math.max(...database.statements);
  say(
    `${what}: ${seconds.toFixed(1)} s, ${database.statements.length} statements, ` +
      `the longest ${longest.toFixed(0)} ms`,
  );
  if (longest > ALLOWED_MS) process.exitCode = 1;
}

try {
  // Foreign keys are right by construction; checking millions would take most of the time.
  await owner.query('set session_replication_role = replica');
  for (const insert of Object.values(ROWS)) await owner.query(insert, [COUNT]);
  await owner.query('analyze');
  say(`${COUNT} rows of each kind`);
  for (const [what, purge] of PURGES) await measure(what, purge);

  await owner.query(ROWS['sessions'] ?? '', [HELD]);
  await owner.query(ROWS['seats that ran out'] ?? '', [HELD]);
  await owner.query(
    `update sessions set revoked_at = null, created_at = clock_timestamp() + interval '1 hour',
       idle_expires_at = clock_timestamp() + interval '1 day',
       expires_at = clock_timestamp() + interval '1 day'`,
  );
  await owner.query(`update seats set seen_at = clock_timestamp() + interval '1 hour'`);
  for (const round of ['first', 'second'])
    await measure(`a sweep of ${HELD} seats that are held, the ${round}`, () => sweep.sweep());
  const left = await owner.query<{ count: number }>('select count(*)::int as count from seats');
  say(`${left.rows[0]?.count} of them are left`);
} finally {
  await owner.end();
  await source.destroy();
  await postgres.stop('immediate');
  await eraseData(dataDir);
  await rm(folder, { recursive: true, force: true });
}
