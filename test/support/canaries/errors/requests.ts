import type { ErrorPath, Scene } from '../scene.js';
import { SECRETS } from '../secrets.js';

const { password, newPassword, idempotencyKey, astray } = SECRETS;
const tokenOf = ({ person }: Scene) => person.token ?? '';

/** Requests that are refused before a handler runs, with a secret in any place. */
export const requests: readonly ErrorPath[] = [
  {
    name: 'an access token with a wrong signature',
    code: 'unauthenticated',
    go: (scene) =>
      scene.traffic.send(scene.traffic.as(`${tokenOf(scene).slice(0, -6)}AAAAAA`), 'GET /v1/me'),
  },
  {
    name: 'a password as access token',
    code: 'unauthenticated',
    go: ({ traffic }) => traffic.send(traffic.as(password.replaceAll(' ', '-')), 'GET /v1/me'),
  },
  {
    name: 'a refresh token as access token',
    code: 'unauthenticated',
    go: ({ traffic, person }) =>
      traffic.send(traffic.as(person.signedIn?.refreshToken ?? ''), 'GET /v1/me'),
  },
  {
    name: 'a name and a password in the header',
    code: 'unauthenticated',
    go: ({ traffic }) =>
      traffic.send(traffic.anyone, 'GET /v1/me', undefined, {
        authorization: `Basic ${Buffer.from(`canary:${newPassword}`).toString('base64')}`,
      }),
  },
  {
    name: 'a token in a cookie',
    code: 'unauthenticated',
    go: (scene) =>
      scene.traffic.send(scene.traffic.anyone, 'GET /v1/me', undefined, {
        cookie: `session=${tokenOf(scene)}`,
      }),
  },
  {
    name: 'a token in the query',
    code: 'unauthenticated',
    go: (scene) =>
      scene.traffic.send(scene.traffic.anyone, `GET /v1/me?access_token=${tokenOf(scene)}`),
  },
  {
    name: 'a token in the path',
    code: 'not_found',
    go: (scene) => scene.traffic.send(scene.traffic.anyone, `GET /v1/${tokenOf(scene)}`),
  },
  {
    name: 'a password in the path',
    code: 'not_found',
    go: ({ traffic }) => traffic.send(traffic.anyone, `GET /v1/${encodeURIComponent(newPassword)}`),
  },
  {
    name: 'a path that does not decode',
    code: 'invalid_request',
    go: (scene) => scene.traffic.send(scene.traffic.anyone, `GET /v1/rooms/%zz${tokenOf(scene)}`),
  },
  {
    name: 'a query with a NUL',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(scene.person, `GET /v1/rooms?search=a%00b&code=${tokenOf(scene)}`),
  },
  {
    name: 'a cursor that is a secret',
    code: 'invalid_request',
    go: ({ traffic, person }) => traffic.send(person, `GET /v1/rooms?cursor=${astray}`),
  },
  {
    name: 'an unsupported method',
    code: 'method_not_allowed',
    go: ({ traffic, person }) => traffic.send(person, 'PUT /v1/me', { password: newPassword }),
  },
  {
    name: 'too many headers',
    code: 'headers_too_large',
    go: (scene) => {
      const names = Array.from({ length: 70 }, (_, number) => `x-${number}`);
      const many = names.map((name) => [name, tokenOf(scene).slice(-40)]);
      return scene.traffic.send(scene.person, 'GET /v1/me', undefined, Object.fromEntries(many));
    },
  },
  {
    name: 'a header that is too long',
    code: 'headers_too_large',
    go: (scene) => {
      const header = `authorization: Bearer ${tokenOf(scene).repeat(90)}`;
      return scene.traffic.write('a long header', `GET /v1/me HTTP/1.1\r\n${header}\r\n\r\n`);
    },
  },
  {
    name: 'a request that is not HTTP',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.write('no HTTP', `${tokenOf(scene)} ${newPassword} ${astray}\r\n\r\n`),
  },
  {
    name: 'headers that do not end',
    code: 'request_timeout',
    go: (scene) =>
      scene.traffic.write(
        'endless headers',
        `GET /v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokenOf(scene)}\r\n`,
      ),
  },
  {
    name: 'an Idempotency-Key that was used for something else',
    code: 'idempotency_key_reused',
    go: ({ traffic, admin }) =>
      traffic.send(
        admin,
        'POST /v1/rooms',
        { name: 'Another' },
        { 'idempotency-key': idempotencyKey },
      ),
  },
  {
    name: 'an Idempotency-Key that is too long',
    code: 'invalid_request',
    go: (scene) =>
      scene.traffic.send(
        scene.admin,
        'POST /v1/rooms',
        { name: 'Another' },
        { 'idempotency-key': tokenOf(scene).repeat(3) },
      ),
  },
  {
    name: 'an If-Match that is a secret',
    code: 'precondition_failed',
    go: ({ traffic, admin, idle }) =>
      traffic.send(
        admin,
        `PATCH /v1/rooms/${idle.id}`,
        { name: 'Changed' },
        { 'if-match': `"${astray}"` },
      ),
  },
];
