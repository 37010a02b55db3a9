import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, Timestamp, TimestampIn } from '../../platform/http/schema.js';
import { RoomPath } from '../settings/room.schema.js';
import { Reason } from './rekey.schema.js';

export const BanPath = RoomPath.extend({ userId: Id });
export type BanPath = z.infer<typeof BanPath>;

export const SetBan = z
  .strictObject({
    until: TimestampIn.nullish().describe('For good if null or left out.'),
    reason: Reason.nullish().describe(
      'For those who run the room; the user finds it in the export of his data only.',
    ),
    rekey: z
      .boolean()
      .default(false)
      .describe(
        'Gives everybody else a new token once the ban holds; within 10 s of another re-key, at the end of these 10 s.',
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
    until: Timestamp.nullable(),
    reason: z.string().nullable(),
    by: z.uuid().describe('Who banned him.'),
    createdAt: Timestamp,
  })
  .meta({ id: 'Ban' });
export type BanView = z.input<typeof BanView>;

export const BanList = pageOf(BanView).meta({ id: 'BanList' });
