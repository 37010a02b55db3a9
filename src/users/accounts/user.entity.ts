import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import {
  administersUsers,
  GLOBAL_ROLES,
  type GlobalRole,
  ORDINARY_GLOBAL_ROLE,
  ROLE_OF_SERVICES,
} from '../../platform/access/global-role.js';

@Entity('users')
@Index('users_admins_idx', ['id'], {
  where: `${administersUsers.sql('role')} and status = 'active'`,
})
@Index('users_role_idx', ['role', 'id'])
@Index('users_guest_room_id_idx', ['guestRoomId'], { where: 'guest_room_id is not null' })
@Index('users_guests_idx', ['createdAt'], { where: `kind = 'guest'` })
@Index('users_deleted_at_idx', ['deletedAt'], { where: 'deleted_at is not null' })
@Index('users_search_key_missing_idx', ['id'], { where: 'search_key is null' })
@Index('users_external_id_idx', ['externalId'], { where: 'external_id is not null' })
@Index('users_issuer_idx', ['issuer', 'id'], { where: 'issuer is not null' })
@Index('users_to_erase_idx', ['deletedAt'], {
  where: 'deleted_at is not null and erased_at is null',
})
@Index('users_erased_idx', ['id'], { where: 'erased_at is not null' })
@Unique('users_email_key', ['emailKey'])
@Unique('users_identity_key', ['identityKey'])
@Check('users_kind_check', `kind in ('person', 'guest', 'external', 'service')`)
@Check('users_role_check', `role in (${GLOBAL_ROLES.map((role) => `'${role}'`).join(', ')})`)
@Check('users_service_check', `(kind = 'service') = (role = '${ROLE_OF_SERVICES}')`)
@Check('users_status_check', `status in ('active', 'pending', 'disabled')`)
@Check('users_person_check', `kind <> 'person' or (email is not null and email_key is not null)`)
@Check(
  'users_external_check',
  `case kind when 'external' then identity_key is not null and email is null and email_key is null
     and password_hash is null
     and (deleted_at is not null or (issuer is not null and external_id is not null))
   else identity_key is null and issuer is null and external_id is null end`,
)
@Check(
  'users_guest_check',
  `case kind when 'guest' then guest_room_id is not null and role = '${ORDINARY_GLOBAL_ROLE}' and email is null
     and email_key is null and password_hash is null else guest_room_id is null end`,
)
export class User {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id!: string;

  @Column('text', { default: 'person' })
  kind!: 'person' | 'guest' | 'external' | 'service';

  /** The only room that a guest may enter; null for everybody else. */
  @ForeignKey('Room', { name: 'users_guest_room_id_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'guest_room_id', nullable: true })
  guestRoomId!: string | null;

  /** The system that manages the identity of an external user, and its own id of the user. */
  @Column('text', { nullable: true })
  issuer!: string | null;

  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  /** A keyed hash of both, which outlasts the user's data. */
  @Column('bytea', { name: 'identity_key', nullable: true, select: false })
  identityKey!: Buffer | null;

  @Column('text', { nullable: true })
  email!: string | null;

  /** The address in lower case, for comparisons. */
  @Column('text', { name: 'email_key', nullable: true })
  emailKey!: string | null;

  @Column('text', { name: 'display_name' })
  displayName!: string;

  /** Null if an older server wrote the row, until it is filled. */
  @Column('text', { name: 'search_key', nullable: true, select: false })
  searchKey!: string | null;

  @Column('text')
  role!: GlobalRole;

  /** When the token was issued that decided the role; null if it is managed here. */
  @Column('timestamptz', { name: 'role_decided_at', nullable: true, select: false })
  roleDecidedAt!: Date | null;

  /** The first use of an external user's token. */
  @Column('timestamptz', { name: 'first_seen_at', nullable: true, select: false })
  firstSeenAt!: Date | null;

  @Column('text')
  status!: 'active' | 'pending' | 'disabled';

  @Column('text', { name: 'password_hash', nullable: true, select: false })
  passwordHash!: string | null;

  /** Set by an administrator; the user must change the password before anything else. */
  @Column('boolean', { name: 'password_is_temporary', default: false, select: false })
  passwordIsTemporary!: boolean;

  /** Sessions that were opened earlier have ended. */
  @Column('timestamptz', {
    name: 'sessions_valid_from',
    default: () => 'clock_timestamp()',
    select: false,
  })
  sessionsValidFrom!: Date;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  /** The time of deletion; the row remains until the user's data is erased. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true, select: false })
  deletedAt!: Date | null;

  /** Whether a deleted external user was disabled, and is disabled again when they return. */
  @Column('boolean', { name: 'stays_disabled', default: false, select: false })
  staysDisabled!: boolean;

  /** The time at which only the identity key, the bans and `stays_disabled` were left. */
  @Column('timestamptz', { name: 'erased_at', nullable: true, select: false })
  erasedAt!: Date | null;
}
