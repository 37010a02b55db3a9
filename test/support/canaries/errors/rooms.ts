import { idOf } from '../good-path.js';
import type { ErrorPath, Scene } from '../scene.js';
import { SECRETS } from '../secrets.js';

const { accessCode, nextAccessCode, wrongCode, wrongInvite, astray, newPassword } = SECRETS;
const within = ({ room }: Scene, path: string) => `/v1/rooms/${room.id}/${path}`;
const join = (
  scene: Scene,
  who: keyof Scene & ('person' | 'stranger' | 'banned' | 'admin'),
  wish: Record<string, unknown>,
) => scene.traffic.send<{ code?: string }>(scene[who], `POST ${within(scene, 'join')}`, wish);

/** Error paths of rooms, codes, invites and guests. */
export const rooms: readonly ErrorPath[] = [
  {
    name: 'a room with an access code that is too long',
    code: 'invalid_request',
    go: ({ traffic, admin }) =>
      traffic.send(admin, 'POST /v1/rooms', { name: 'A', accessCode: accessCode.repeat(9) }),
  },
  {
    name: 'a room whose metadata are a list of secrets',
    code: 'invalid_request',
    go: ({ traffic, admin }) =>
      traffic.send(admin, 'POST /v1/rooms', { name: 'A', metadata: [accessCode] }),
  },
  {
    name: 'a room that is named by a secret',
    code: 'invalid_request',
    go: ({ traffic, person }) => traffic.send(person, `GET /v1/rooms/${person.token}`),
  },
  {
    name: 'a join without the access code',
    code: 'access_code_required',
    go: (scene) => join(scene, 'stranger', {}),
  },
  {
    name: 'a join with a wrong access code',
    code: 'access_code_wrong',
    go: (scene) => join(scene, 'stranger', { accessCode: wrongCode }),
  },
  {
    name: 'a join with the previous access code',
    code: 'access_code_wrong',
    go: (scene) => join(scene, 'stranger', { accessCode }),
  },
  {
    name: 'a join with a mistyped invite code',
    code: 'invite_invalid',
    go: (scene) => join(scene, 'stranger', { inviteCode: wrongInvite }),
  },
  {
    name: 'a join with a revoked invite code',
    code: 'invite_invalid',
    go: (scene) => join(scene, 'stranger', { inviteCode: scene.revoked.code }),
  },
  {
    name: 'a join of a banned user with the right code',
    code: 'banned',
    go: (scene) => join(scene, 'banned', { accessCode: nextAccessCode }),
  },
  {
    name: 'a join under a name that is too long',
    code: 'invalid_request',
    go: (scene) => join(scene, 'admin', { displayName: nextAccessCode.repeat(9) }),
  },
  {
    name: 'a guest with a mistyped invite code',
    code: 'invite_invalid',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, 'POST /v1/auth/guest', {
        inviteCode: wrongInvite,
        displayName: 'Visitor',
      }),
  },
  {
    name: 'a guest with a revoked invite code',
    code: 'invite_invalid',
    go: ({ traffic, revoked }) =>
      traffic.send(traffic.anyone, 'POST /v1/auth/guest', {
        inviteCode: revoked.code,
        displayName: 'Visitor',
      }),
  },
  {
    name: 'a guest whose invite code is a list',
    code: 'invalid_request',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, 'POST /v1/auth/guest', {
        inviteCode: [wrongInvite],
        displayName: 'Visitor',
      }),
  },
  {
    name: 'a guest who tries to manage the room',
    code: 'forbidden',
    go: (scene) =>
      scene.traffic.send(scene.guest, `POST ${within(scene, 'rekey')}`, { reason: astray }),
  },
  {
    name: 'a guest who is made a host',
    code: 'guest_limited',
    go: (scene) =>
      scene.traffic.send(scene.admin, `PUT ${within(scene, `members/${idOf(scene.guest)}`)}`, {
        role: 'host',
      }),
  },
  {
    name: 'an invite for a role that is a secret',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.admin, `POST ${within(scene, 'invites')}`, { role: wrongInvite }),
  },
  {
    name: 'the end of an invite that is named by its code',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.admin, `DELETE ${within(scene, `invites/${scene.revoked.code}`)}`),
  },
  {
    name: 'a membership of an unknown user with a password as role',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.admin, `PUT ${within(scene, `members/${scene.room.id}`)}`, {
        role: newPassword,
      }),
  },
];
