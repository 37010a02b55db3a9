import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('rooms')
@Index('rooms_open_to_users_idx', ['id'], { where: `access = 'users' and deleted_at is null` })
@Index('rooms_deleted_at_idx', ['deletedAt'], { where: 'deleted_at is not null' })
@Index('rooms_closes_at_idx', ['closesAt'], { where: 'deleted_at is null' })
@Index('rooms_slug_key', ['slug'], { unique: true, where: 'deleted_at is null' })
@Index('rooms_search_key_missing_idx', ['id'], { where: 'search_key is null' })
@Index('rooms_opens_at_idx', ['opensAt'], { where: 'deleted_at is null' })
@Check('rooms_access_check', `access in ('members', 'users')`)
@Check('rooms_status_check', `status in ('open', 'locked', 'closed')`)
@Check('rooms_capacity_check', `capacity > 0`)
@Check('rooms_schedule_check', `closes_at > opens_at`)
export class Room {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'rooms_pkey' })
  id!: string;

  @Column('text', { nullable: true })
  slug!: string | null;

  @Column('text')
  name!: string;

  /** The text for searches; null if an older server wrote the row, until it is filled. */
  @Column('text', { name: 'search_key', nullable: true })
  searchKey!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text')
  access!: 'members' | 'users';

  @Column('text')
  status!: 'open' | 'locked' | 'closed';

  @Column('timestamptz', { name: 'opens_at', nullable: true })
  opensAt!: Date | null;

  @Column('timestamptz', { name: 'closes_at', nullable: true })
  closesAt!: Date | null;

  /** Seconds before `opensAt` from which hosts may enter. */
  @Column('integer', { name: 'early_entry_seconds' })
  earlyEntrySeconds!: number;

  /** Seconds before `opensAt` at which the token is minted ahead. */
  @Column('integer', { name: 'premint_seconds' })
  premintSeconds!: number;

  @Column('integer', { nullable: true })
  capacity!: number | null;

  @Column('bytea', { name: 'access_code_hash', nullable: true })
  accessCodeHash!: Buffer | null;

  /** Incremented when the code changes; people must then enter the new code. */
  @Column('integer', { name: 'access_code_version', default: 0 })
  accessCodeVersion!: number;

  @Column('jsonb', { default: {} })
  metadata!: Record<string, unknown>;

  /** Version of the settings: the room's ETag, and a condition of joins. */
  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;

  /** The `closesAt` whose end was announced to the people inside. */
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
