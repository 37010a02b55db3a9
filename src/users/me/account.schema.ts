import { z } from 'zod';
import { Email, Name, NewPassword, Password, Timestamp } from '../../platform/http/schema.js';
import { UserView } from '../accounts/user.schema.js';

export const ChangeMe = z
  .strictObject({
    email: Email.optional().meta({
      description:
        'Only within ten minutes of signing in; by administrators alone where registration is closed.',
    }),
    displayName: Name.optional(),
  })
  .meta({ id: 'ChangeMe' });
export type ChangeMe = z.infer<typeof ChangeMe>;

export const ChangePassword = z
  .strictObject({ currentPassword: Password, newPassword: NewPassword })
  .meta({ id: 'ChangePassword' });
export type ChangePassword = z.infer<typeof ChangePassword>;

export const ResetPassword = z
  .strictObject({ password: NewPassword })
  .meta({ id: 'ResetPassword' });
export type ResetPassword = z.infer<typeof ResetPassword>;

export const ExportRecord = z.record(z.string(), z.unknown());

export const Export = z
  .object({
    exportedAt: Timestamp,
    user: UserView,
    records: z
      .record(z.string(), z.array(ExportRecord))
      .describe('What is stored about the user, by kind, the newest first.'),
    shortened: z
      .array(z.string())
      .describe('The kinds of which there is more than the newest 10,000.'),
  })
  .meta({ id: 'Export' });
