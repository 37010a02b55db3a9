import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import {
  administersUsers,
  GLOBAL_ROLES,
  type GlobalRole,
  ORDINARY_GLOBAL_ROLE,
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
@Unique('users_email_key', ['emailKey'])
@Check('users_kind_check', `kind in ('person', 'guest')`)
@Check('users_role_check', `role in (${GLOBAL_ROLES.map((role) => `'${role}'`).join(', ')})`)
@Check('users_status_check', `status in ('active', 'pending', 'disabled')`)
@Check('users_person_check', `kind = 'guest' or (email is not null and email_key is not null)`)
@Check(
  'users_guest_check',
  `case kind when 'guest' then guest_room_id is not null and role = '${ORDINARY_GLOBAL_ROLE}' and email is null
     and email_key is null and password_hash is null else guest_room_id is null end`,
)
export class User {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id!: string;

  @Column('text', { default: 'person' })
  kind!: 'person' | 'guest';

  /** The only room that a guest may enter; null for everybody else. */
  @ForeignKey('Room', { name: 'users_guest_room_id_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'guest_room_id', nullable: true })
  guestRoomId!: string | null;

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
}
