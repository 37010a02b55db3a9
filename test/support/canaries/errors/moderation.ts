import { idOf } from '../good-path.js';
import type { ErrorPath, Scene } from '../scene.js';
import { SECRETS } from '../secrets.js';

const { astray } = SECRETS;
const within = ({ room }: Scene, path: string) => `/v1/rooms/${room.id}/${path}`;

/** Error paths of bans, re-keys, reports and the feed. */
export const moderation: readonly ErrorPath[] = [
  {
    name: 'a re-key of a generation that has ended',
    code: 'generation_changed',
    go: (scene) =>
      scene.traffic.send(scene.admin, `POST ${within(scene, 'rekey')}`, {
        reason: 'again',
        generation: 1,
      }),
  },
  {
    name: 'a re-key of a room without a token',
    code: 'no_live_token',
    go: ({ traffic, admin, idle }) =>
      traffic.send(admin, `POST /v1/rooms/${idle.id}/rekey`, { reason: 'a leak' }),
  },
  {
    name: 'a re-key for a reason that is too long',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.admin, `POST ${within(scene, 'rekey')}`, {
        reason: scene.person.token?.repeat(2),
      }),
  },
  {
    name: 'a ban until a secret',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.admin, `PUT ${within(scene, `bans/${idOf(scene.person)}`)}`, {
        until: astray,
      }),
  },
  {
    name: 'a ban of an admin',
    code: 'admin_not_bannable',
    go: (scene) =>
      scene.traffic.send(scene.admin, `PUT ${within(scene, `bans/${idOf(scene.admin)}`)}`, {}),
  },
  {
    name: 'a report whose code is a secret',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.person, `POST ${within(scene, 'reports')}`, {
        sdkCode: scene.person.token,
        generation: 1,
      }),
  },
  {
    name: 'a report from outside',
    code: 'not_in_room',
    go: ({ traffic, stranger, idle }) =>
      traffic.send(stranger, `POST /v1/rooms/${idle.id}/reports`, { sdkCode: 203, generation: 1 }),
  },
  {
    name: 'a heartbeat from outside, with a secret that it has no place for',
    code: 'invalid_request',
    go: ({ traffic, stranger, idle }) =>
      traffic.send(stranger, `POST /v1/rooms/${idle.id}/heartbeat`, { token: astray }),
  },
  {
    name: 'a feed after an event that is a token',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(
        scene.person,
        `GET ${within(scene, `events?after=${scene.person.token}`)}`,
        undefined,
        { accept: 'application/json' },
      ),
  },
  {
    name: 'a feed with the token in the query, as browsers must',
    code: 'unauthenticated',
    go: (scene) =>
      scene.traffic.send(
        scene.traffic.anyone,
        `GET ${within(scene, `events?access_token=${scene.person.token}`)}`,
        undefined,
        { accept: 'text/event-stream' },
      ),
  },
  {
    name: 'a feed for a banned user',
    code: 'banned',
    go: (scene) =>
      scene.traffic.send(scene.banned, `GET ${within(scene, 'events')}`, undefined, {
        accept: 'application/json',
      }),
  },
  {
    name: 'an explanation for a user named by a token',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(
        scene.admin,
        `GET ${within(scene, `explain?userId=${scene.person.token}`)}`,
      ),
  },
  {
    name: 'holders of a generation that is a secret',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.admin, `GET ${within(scene, `holders?generation=${astray}`)}`),
  },
];
