import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The time of each report of a dead session: reports are kept as long as personal data. */
export class TimesOfReports1796032920000 implements MigrationInterface {
  readonly name = 'TimesOfReports1796032920000';

  async up(runner: QueryRunner): Promise<void> {
    // First with a constant default, so that Postgres does not rewrite the table.
    await runner.query(`
      alter table dead_sessions
        add column reported_at timestamptz not null default statement_timestamp();
      alter table dead_sessions alter column reported_at set default clock_timestamp();
      alter table dead_session_reporters
        add column reported_at timestamptz not null default statement_timestamp();
      alter table dead_session_reporters alter column reported_at set default clock_timestamp();
      create index dead_sessions_reported_at_idx on dead_sessions (reported_at);
      create index dead_session_reporters_reported_at_idx on dead_session_reporters (reported_at);
      create index raised_alarms_raised_at_idx on raised_alarms (raised_at)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index raised_alarms_raised_at_idx;
      alter table dead_session_reporters drop column reported_at;
      alter table dead_sessions drop column reported_at
    `);
  }
}
