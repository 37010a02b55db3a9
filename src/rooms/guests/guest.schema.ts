import { z } from 'zod';
import { InviteCode } from '../entry/invite.schema.js';
import { Name } from '../../platform/http/schema.js';

export const SignInAsGuest = z
  .strictObject({ inviteCode: InviteCode, displayName: Name })
  .meta({ id: 'SignInAsGuest' });
export type SignInAsGuest = z.infer<typeof SignInAsGuest>;
