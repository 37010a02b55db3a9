import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The last counts of a slug's rooms; the next room with the slug continues from there. */
export class FormerSlugs1796040060000 implements MigrationInterface {
  readonly name = 'FormerSlugs1796040060000';

  async up(runner: QueryRunner): Promise<void> {
    // At commit, to include the last counts, and by the database, because servers of the previous
    // version release slugs too. Only constraint triggers can run at commit; this one checks
    // nothing.
    await runner.query(`
      create table former_slugs (
        slug text constraint former_slugs_pkey primary key,
        version integer not null,
        generation integer not null,
        last_event_id bigint not null
      );
      create function note_former_slug() returns trigger language plpgsql as $$
      begin
        insert into former_slugs as k (slug, version, generation, last_event_id)
        select old.slug, r.version, t.generation, coalesce(f.last_id, 0)
          from rooms r join room_tokens t on t.room_id = r.id
          left join room_feeds f on f.room_id = r.id
         where r.id = old.id
        on conflict (slug) do update
           set version = greatest(k.version, excluded.version),
               generation = greatest(k.generation, excluded.generation),
               last_event_id = greatest(k.last_event_id, excluded.last_event_id);
        return null;
      end $$;
      create constraint trigger rooms_former_slug_check after update on rooms
        deferrable initially deferred for each row
        when (old.slug is not null and old.deleted_at is null
              and (new.slug is distinct from old.slug or new.deleted_at is not null))
        execute function note_former_slug();
      insert into former_slugs (slug, version, generation, last_event_id)
      select r.slug, max(r.version), max(t.generation), coalesce(max(f.last_id), 0)
        from rooms r join room_tokens t on t.room_id = r.id
        left join room_feeds f on f.room_id = r.id
       where r.deleted_at is not null and r.slug is not null
       group by r.slug
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger rooms_former_slug_check on rooms;
      drop function note_former_slug();
      drop table former_slugs
    `);
  }
}
