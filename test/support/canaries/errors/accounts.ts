import { idOf } from '../good-path.js';
import { EMAIL, type ErrorPath } from '../scene.js';
import { SECRETS } from '../secrets.js';

const { password, newPassword, temporaryPassword, wrongPassword, shortPassword } = SECRETS;
const user = { email: EMAIL, password, displayName: 'Canary' };
const own = 'PUT /v1/me/password';

export const accounts: readonly ErrorPath[] = [
  {
    name: 'a change of the password with a wrong current password',
    code: 'current_password_wrong',
    go: ({ traffic, person }) =>
      traffic.send(person, own, { currentPassword: wrongPassword, newPassword: password }),
  },
  {
    name: 'a change to a password that is too short',
    code: 'invalid_request',
    go: ({ traffic, person }) =>
      traffic.send(person, own, { currentPassword: newPassword, newPassword: shortPassword }),
  },
  {
    name: 'a change of the password without a sign-in',
    code: 'unauthenticated',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, own, { currentPassword: newPassword, newPassword: password }),
  },
  {
    name: 'a change of the password by a guest',
    code: 'forbidden',
    go: ({ traffic, guest }) =>
      traffic.send(guest, own, { currentPassword: newPassword, newPassword: password }),
  },
  {
    name: 'a change of the address to a taken address',
    code: 'email_taken',
    go: ({ traffic, stranger }) => traffic.send(stranger, 'PATCH /v1/me', { email: EMAIL }),
  },
  {
    name: 'any other request with a temporary password',
    code: 'password_change_required',
    go: ({ traffic, newcomer }) => traffic.send(newcomer, 'GET /v1/me'),
  },
  {
    name: 'the change of a temporary password to itself, mistyped',
    code: 'current_password_wrong',
    go: ({ traffic, newcomer }) =>
      traffic.send(newcomer, own, {
        currentPassword: `${temporaryPassword}!`,
        newPassword: temporaryPassword,
      }),
  },
  {
    name: 'a temporary password that is a list',
    code: 'invalid_request',
    go: ({ traffic, admin, stranger }) =>
      traffic.send(admin, `PUT /v1/users/${idOf(stranger)}/password`, {
        password: [temporaryPassword],
      }),
  },
  {
    name: 'a temporary password for an unknown user',
    code: 'not_found',
    go: ({ traffic, admin, room }) =>
      traffic.send(admin, `PUT /v1/users/${room.id}/password`, { password: temporaryPassword }),
  },
  {
    name: 'a temporary password for a guest',
    code: 'guest_limited',
    go: ({ traffic, admin, guest }) =>
      traffic.send(admin, `PUT /v1/users/${idOf(guest)}/password`, { password: temporaryPassword }),
  },
  {
    name: 'the end of a session that is named by its token',
    code: 'invalid_request',
    go: ({ traffic, person }) =>
      traffic.send(person, `DELETE /v1/me/sessions/${person.signedIn?.refreshToken}`),
  },
  {
    name: 'an export with the token in the query',
    code: 'unauthenticated',
    go: ({ traffic, person }) =>
      traffic.send(traffic.anyone, `GET /v1/me/export?access_token=${person.token}`),
  },
  {
    name: 'a creation of an account with a taken address',
    code: 'email_taken',
    go: ({ traffic, admin }) => traffic.send(admin, 'POST /v1/users', user),
  },
  {
    name: 'a creation of an account by a user who is not an admin',
    code: 'forbidden',
    go: ({ traffic, person }) => traffic.send(person, 'POST /v1/users', user),
  },
  {
    name: 'a search for users by a token',
    code: 'invalid_request',
    go: ({ traffic, admin }) => traffic.send(admin, `GET /v1/users?search=${admin.token}`),
  },
  {
    name: 'the end of the last admin',
    code: 'last_admin',
    go: ({ traffic, admin }) => traffic.send(admin, 'DELETE /v1/me'),
  },
];
