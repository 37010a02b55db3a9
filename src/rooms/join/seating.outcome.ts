import { codeOf, violates } from '../../platform/database/database-errors.js';
import type { Entry } from './entry.repository.js';

/** `stale`: the decision's facts have changed; `taken`: a name or the seat is taken. */
export type Seated = Written | 'stale' | 'taken';

interface Written extends Pick<Entry, 'serverTime' | 'lastEventId'> {
  readonly displayName: string;
}

/** SQLSTATE of a grant whose seat was not written, so that nothing else of it is. */
const DIVISION_BY_ZERO = '22012';

// The room, session, user or invite of the decision was deleted in the meantime.
const GONE = [
  'seats_room_id',
  'seats_session_id',
  'seats_user_id',
  'holders_room_id',
  'holders_user_id',
  'members_room_id',
  'members_user_id',
  'members_invite_id',
  'sessions_user_id',
  'sessions_room_id',
  'access_code_grants_room_id',
  'access_code_grants_user_id',
];

export interface ResultRow extends Omit<Written, 'displayName'> {
  readonly place: number;
  readonly isAdmitted: boolean;
  readonly displayName: string | null;
}

export interface TakenRow extends ResultRow {
  /** Whether the person has the maximum number of seats in the room. */
  readonly isCrowded: boolean;
  readonly replaced: readonly string[];
}

/** Rolls back a transaction whose seat was not taken, and with it the use of the invite. */
export class NotSeated extends Error {
  override readonly name = 'NotSeated';

  constructor(readonly outcome: Seated) {
    super('no seat was given');
  }
}

export function seatedOf(row: ResultRow | undefined): Seated {
  if (!row?.isAdmitted) return 'stale';
  const { displayName, serverTime, lastEventId } = row;
  return displayName === null ? 'taken' : { displayName, serverTime, lastEventId };
}

/** Turns the conflicts of concurrent changes into an outcome. */
export async function outcomeOf(work: () => Promise<Seated>): Promise<Seated> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotSeated) return error.outcome;
    if (violates(error, 'seats_name_key') || codeOf(error) === DIVISION_BY_ZERO) return 'taken';
    // They became a member concurrently, perhaps by the same invite on another device.
    if (violates(error, 'members_pkey')) return 'stale';
    if (GONE.some((column) => violates(error, `${column}_fkey`))) return 'stale';
    throw error;
  }
}
