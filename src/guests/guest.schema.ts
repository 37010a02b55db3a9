import { z } from 'zod';
import { InviteCode } from '../admission/invite.schema.js';
import { Name } from '../common/schema.js';

export const SignInAsGuest = z
  .strictObject({ inviteCode: InviteCode, displayName: Name })
  .meta({ id: 'SignInAsGuest' });
export type SignInAsGuest = z.infer<typeof SignInAsGuest>;
