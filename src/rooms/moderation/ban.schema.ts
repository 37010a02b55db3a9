import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, Timestamp, TimestampIn } from '../../platform/http/schema.js';
import { RoomPath } from '../settings/room.schema.js';
import { Reason } from './rekey.schema.js';

export const BanPath = RoomPath.extend({ userId: Id.describe('The id of the user.') });
export type BanPath = z.infer<typeof BanPath>;

export const SetBan = z
  .strictObject({
    until: TimestampIn.nullish().describe(
      'The end of the ban; null or left out: the ban has no end.',
    ),
    reason: Reason.nullish().describe(
      'A reason for the hosts of the room. The user can read it in the export of their data only.',
    ),
    rekey: z
      .boolean()
      .default(false)
      .describe(
        'Moves everyone else to a new token after the ban. A room is re-keyed at most once in 10 seconds, so the move can be delayed. If CAS returns no token, the answer is 503: the ban is in force, but nobody has moved, so repeat the request.',
      ),
  })
  .meta({ id: 'SetBan' });
export type SetBan = z.infer<typeof SetBan>;

export const ListBans = z.strictObject(pageQuery);
export type ListBans = z.infer<typeof ListBans>;

export const BanView = z
  .object({
    userId: z.uuid(),
    displayName: z.string(),
    until: Timestamp.nullable().describe('The end of the ban; null: the ban has no end.'),
    reason: z.string().nullable(),
    by: z.uuid().describe('The user who set the ban.'),
    createdAt: Timestamp,
  })
  .meta({ id: 'Ban' });
export type BanView = z.input<typeof BanView>;

export const BanList = pageOf(BanView).meta({ id: 'BanList' });
