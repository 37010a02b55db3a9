import { z } from 'zod';
import { pageOf, pageQueryOf } from '../../platform/http/paging.js';
import { Id, Timestamp, wholeNumberIn } from '../../platform/http/schema.js';

const ENTRY = /^[1-9]\d{0,8}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const ListHolders = z.strictObject({
  ...pageQueryOf(ENTRY),
  generation: wholeNumberIn(1, 2_147_483_647)
    .optional()
    .describe('Only entries of this generation.'),
  userId: Id.optional().describe('Only entries of this user.'),
});
export type ListHolders = z.infer<typeof ListHolders>;

export const HolderView = z
  .object({
    userId: z.uuid(),
    displayName: z.string().describe('The name of the person in the room.'),
    generation: z.int(),
    at: Timestamp.describe('The time at which the seat first got the token.'),
  })
  .meta({ id: 'Holder' });
export type HolderView = z.input<typeof HolderView>;

export const HolderList = pageOf(HolderView).meta({ id: 'HolderList' });
