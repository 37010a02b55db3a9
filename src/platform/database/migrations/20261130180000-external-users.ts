import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Users whose identity another system manages. `identity_key`, a keyed hash of issuer and id, stays
 * when the user is deleted, so that their bans, and a disabled account, apply when they return.
 */
export class ExternalUsers1796061600000 implements MigrationInterface {
  readonly name = 'ExternalUsers1796061600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users
        add column issuer text,
        add column external_id text,
        add column identity_key bytea constraint users_identity_key unique,
        add column role_decided_at timestamptz,
        add column first_seen_at timestamptz,
        add column stays_disabled boolean not null default false,
        add column erased_at timestamptz,
        drop constraint users_kind_check,
        drop constraint users_person_check;
      alter table users
        add constraint users_kind_check check (kind in ('person', 'guest', 'external')),
        add constraint users_person_check
          check (kind <> 'person' or (email is not null and email_key is not null)),
        add constraint users_external_check
          check (case kind when 'external'
            then identity_key is not null and email is null and email_key is null
                 and password_hash is null
                 and (deleted_at is not null or (issuer is not null and external_id is not null))
            else identity_key is null and issuer is null and external_id is null end);
      create index users_external_id_idx on users (external_id) where external_id is not null;
      create index users_issuer_idx on users (issuer, id) where issuer is not null;
      create index users_to_erase_idx on users (deleted_at)
        where deleted_at is not null and erased_at is null;
      create index users_erased_idx on users (id) where erased_at is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from users where kind = 'external';
      drop index users_to_erase_idx;
      alter table users
        drop constraint users_external_check,
        drop constraint users_kind_check,
        drop constraint users_person_check,
        drop column issuer,
        drop column external_id,
        drop column identity_key,
        drop column role_decided_at,
        drop column first_seen_at,
        drop column stays_disabled,
        drop column erased_at;
      alter table users
        add constraint users_kind_check check (kind in ('person', 'guest')),
        add constraint users_person_check
          check (kind = 'guest' or (email is not null and email_key is not null))
    `);
  }
}
