import { z } from 'zod';
import {
  Email,
  GivenToken,
  Name,
  NewPassword,
  Password,
  SERVER_TIME,
  Timestamp,
} from '../../platform/http/schema.js';
import { UserView } from '../accounts/user.schema.js';

export const Register = z
  .strictObject({ email: Email, password: NewPassword, displayName: Name })
  .meta({ id: 'Register' });
export type Register = z.infer<typeof Register>;

export const Login = z
  .strictObject({
    email: Email,
    password: Password,
    deviceToken: GivenToken.optional().describe(
      'The device token of an earlier sign-in on this device.',
    ),
  })
  .meta({ id: 'Login' });
export type Login = z.infer<typeof Login>;

export const Refresh = z
  .strictObject({ refreshToken: GivenToken.describe('The refresh token of the last answer.') })
  .meta({ id: 'Refresh' });
export type Refresh = z.infer<typeof Refresh>;

export const SignedIn = z
  .object({
    user: UserView,
    accessToken: z.string().describe('The token for `Authorization: Bearer …`.'),
    accessTokenExpiresAt: Timestamp,
    refreshToken: z.string().describe('The token for the next `POST /v1/auth/refresh`.'),
    refreshTokenExpiresAt: Timestamp,
    deviceToken: z.string().describe('The token to send with the next sign-in on this device.'),
    serverTime: Timestamp.describe(SERVER_TIME),
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.input<typeof SignedIn>;

export const KeySet = z
  .object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) })
  .meta({ id: 'KeySet' });
export type KeySet = z.input<typeof KeySet>;
