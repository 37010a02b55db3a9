import type { ErrorPath } from '../scene.js';
import { EMAIL } from '../scene.js';
import { SECRETS } from '../secrets.js';

const { password, newPassword, wrongPassword, shortPassword, astray } = SECRETS;
const login = 'POST /v1/auth/login';
const register = 'POST /v1/auth/register';
const user = { email: EMAIL, password: newPassword, displayName: 'Canary' };
const fresh = { ...user, email: 'fresh@example.org' };

export const signIns: readonly ErrorPath[] = [
  {
    name: 'a sign-in whose JSON breaks off',
    code: 'malformed_json',
    go: ({ traffic }) => traffic.send(traffic.anyone, login, JSON.stringify(user).slice(0, -1)),
  },
  {
    name: 'a sign-in whose JSON breaks within the password',
    code: 'malformed_json',
    go: ({ traffic }) => traffic.send(traffic.anyone, login, `{"password":"${wrongPassword}`),
  },
  {
    name: 'a sign-in with values of other types',
    code: 'invalid_request',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, login, { email: password, password: [password] }),
  },
  {
    name: 'a sign-in with a wrong password',
    code: 'invalid_credentials',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, login, { email: EMAIL, password: wrongPassword }),
  },
  {
    name: 'a sign-in with the previous password',
    code: 'invalid_credentials',
    go: ({ traffic }) => traffic.send(traffic.anyone, login, { email: EMAIL, password }),
  },
  {
    name: 'a sign-in to an unknown account',
    code: 'invalid_credentials',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, login, { email: 'no@example.org', password: wrongPassword }),
  },
  {
    name: 'a sign-in with a wrong password and a device token that is an access token',
    code: 'invalid_credentials',
    go: ({ traffic, person: { token: deviceToken } }) =>
      traffic.send(traffic.anyone, login, { email: EMAIL, password: wrongPassword, deviceToken }),
  },
  {
    name: 'a sign-up with an address that is taken',
    code: 'email_taken',
    go: ({ traffic }) => traffic.send(traffic.anyone, register, user),
  },
  {
    name: 'a sign-up with a short password',
    code: 'invalid_request',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, register, { ...fresh, password: shortPassword }),
  },
  {
    name: 'a sign-up with a password as address',
    code: 'invalid_request',
    go: ({ traffic }) => traffic.send(traffic.anyone, register, { ...fresh, email: password }),
  },
  {
    name: 'a sign-up that is declared as text',
    code: 'unsupported_media_type',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, register, JSON.stringify(fresh), {
        'content-type': 'text/plain',
      }),
  },
  {
    name: 'a sign-up that is a form',
    code: 'unsupported_media_type',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, register, new URLSearchParams(fresh).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
      }),
  },
  {
    name: 'a sign-up that is too large',
    code: 'payload_too_large',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, register, { ...fresh, password: password.repeat(1_000) }),
  },
  {
    name: 'a refresh with an access token',
    code: 'unauthenticated',
    go: ({ traffic, person }) =>
      traffic.send(traffic.anyone, 'POST /v1/auth/refresh', { refreshToken: person.token }),
  },
  {
    name: 'a refresh with a spoilt token',
    code: 'unauthenticated',
    go: ({ traffic, stranger }) =>
      traffic.send(traffic.anyone, 'POST /v1/auth/refresh', {
        refreshToken: `${stranger.signedIn?.refreshToken}x`,
      }),
  },
  {
    name: 'a refresh with a token that was spent long ago',
    code: 'unauthenticated',
    go: ({ traffic, spent }) =>
      traffic.send(traffic.anyone, 'POST /v1/auth/refresh', { refreshToken: spent }),
  },
  {
    name: 'a sign-in with an unknown field whose value is a secret',
    code: 'invalid_request',
    go: ({ traffic }) => traffic.send(traffic.anyone, login, { ...user, secret: astray }),
  },
];
