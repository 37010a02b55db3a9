import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions of issuers' tokens. Their id is derived from the token, and they have no refresh token.
 * A row of `issuer_sign_ins` is a sign-in at the issuer, whatever the device; its end outlasts the
 * sessions, so that the tokens of that sign-in stay refused.
 */
export class IssuerSessions1796061660000 implements MigrationInterface {
  readonly name = 'IssuerSessions1796061660000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table issuer_sign_ins (
        key bytea constraint issuer_sign_ins_pkey primary key,
        used_at timestamptz not null default clock_timestamp(),
        ended_at timestamptz
      );
      create index issuer_sign_ins_unused_idx on issuer_sign_ins (used_at) where ended_at is null;
      create index issuer_sign_ins_ended_idx on issuer_sign_ins (ended_at)
        where ended_at is not null;
      alter table sessions
        add column kind text not null default 'own',
        add column sign_in_key bytea,
        add column token_issued_at timestamptz,
        add column ended_before timestamptz,
        alter column refresh_hash drop not null,
        alter column device_id drop not null;
      alter table sessions add constraint sessions_kind_check
        check (case kind
          when 'own' then refresh_hash is not null and device_id is not null and sign_in_key is null
          when 'issuer' then sign_in_key is not null and token_issued_at is not null
          else false end);
      create index sessions_sign_in_key_idx on sessions (sign_in_key)
        where sign_in_key is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from sessions where kind <> 'own';
      drop index sessions_sign_in_key_idx;
      alter table sessions
        drop constraint sessions_kind_check,
        drop column kind,
        drop column sign_in_key,
        drop column token_issued_at,
        drop column ended_before,
        alter column refresh_hash set not null,
        alter column device_id set not null;
      drop table issuer_sign_ins
    `);
  }
}
