import { z } from 'zod';
import { Email, Name, NewPassword, Password, Timestamp } from '../../platform/http/schema.js';
import { UserView } from '../accounts/user.schema.js';

export const ChangeMe = z
  .strictObject({
    email: Email.optional().meta({
      description:
        'The new e-mail address. The change requires that you signed in less than ten minutes ago. If registration is closed, only administrators may change it.',
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
      .describe('Everything that is stored about the user, by kind, the newest first.'),
    shortened: z
      .array(z.string())
      .describe('The kinds with more than 10,000 records, of which only the newest are listed.'),
  })
  .meta({ id: 'Export' });
