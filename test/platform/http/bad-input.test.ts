import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { createKey } from '../../support/api-keys.js';
import type { Answer, Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { fill, nameOf, type Route, routes } from '../../support/routes.js';

let room: string;
let user: string;
let backend: Client;

const server = useApp();

beforeAll(async () => {
  room = (await server.createRoom()).id;
  user = (await server.signUp()).signedIn?.user.id ?? '';
  backend = (await createKey(server, ['join:on-behalf'])).client;
});
const withBody = routes.filter(({ body }) => body !== undefined);
/** A caller who may use the route. */
const callerOf = ({ isForKeys }: Route) => (isForKeys ? backend : server.admin);
const named = (some: readonly Route[]) => some.map((route) => [nameOf(route), route] as const);

function send(
  route: Route,
  body?: Record<string, unknown> | string,
  headers: Record<string, string> = {},
): Promise<Answer<unknown>> {
  return callerOf(route).send(route.method, fill(route, room, user), body, headers);
}

describe.each(named(withBody))('%s', (_, route) => {
  const path = (member: string) => [`/${member}`];

  it('refuses an unknown field, and names it', async () => {
    for (const name of ['unknown', 'a/b~c', '', 'constructor']) {
      const body = expectProblem(
        await send(route, { ...route.body, [name]: 1 }),
        400,
        'invalid_request',
      );
      const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1');
      expect(placesOf(body)).toEqual(path(escaped));
    }
  });

  it('refuses fields of another type, and names each', async () => {
    const names = Object.keys(route.body ?? {});
    for (const wrong of [0.5, null, [], {}]) {
      const body = Object.fromEntries(names.map((name) => [name, wrong]));
      if (names.length === 0) continue;
      const problem = expectProblem(await send(route, body), 400, 'invalid_request');
      expect(new Set(placesOf(problem))).toEqual(new Set(names.map((name) => `/${name}`)));
    }
  });

  it.each(['null', '[]', '42', '"text"', 'true'])('refuses the body %s', async (body) => {
    const problem = expectProblem(await send(route, body), 400, 'invalid_request');
    expect(placesOf(problem)).toEqual(['']);
  });

  it.each(['{', '{"a":1,}', "{'a':1}", '{}{}', 'a', '{"a":NaN}', '\u0000', '[1,]'])(
    'refuses %j, which is not JSON',
    async (body) => {
      expect(await send(route, body)).toBeProblem(400, 'malformed_json');
    },
  );

  it('refuses texts that cannot be stored', async () => {
    for (const text of ['\\u0000', '\\ud800', '\\udc00x', 'a\\u0000b']) {
      const members = Object.keys(route.body ?? {});
      for (const name of members.length > 0 ? members : ['name']) {
        const problem = expectProblem(
          await send(route, `{"${name}":"${text}"}`),
          400,
          'invalid_request',
        );
        expect(placesOf(problem)).toEqual([`/${name}`]);
      }
      expect(await send(route, `{"${text}":1}`)).toBeProblem(400, 'invalid_request');
    }
  });

  it('refuses bodies that are too deep, too wide or tamper with prototypes', async () => {
    const deep = `{"name":${'['.repeat(2_000)}${']'.repeat(2_000)}}`;
    expect(await send(route, deep)).toBeProblem(400, 'invalid_request');
    expect(await send(route, '{"a":'.repeat(33) + '1' + '}'.repeat(33))).toBeProblem(
      400,
      'invalid_request',
    );
    const wide = Object.fromEntries(Array.from({ length: 101 }, (_, each) => [`m${each}`, 1]));
    expect(await send(route, wide)).toBeProblem(400, 'invalid_request');
    expect(await send(route, `{"metadata":${JSON.stringify(wide)}}`)).toBeProblem(
      400,
      'invalid_request',
    );
    expect(await send(route, '{"__proto__":{"role":"admin"}}')).toBeProblem(400, 'invalid_request');
  });

  it('refuses bodies with more bytes than the route accepts, and names that number', async () => {
    const { bytes = 16_384 } = route;
    const padded = (length: number) => `{"unknown":1${' '.repeat(length - 13)}}`;
    expect(await send(route, padded(bytes))).toBeProblem(400, 'invalid_request');
    const { detail } = expectProblem(
      await send(route, padded(bytes + 1)),
      413,
      'payload_too_large',
    );
    expect(detail).toContain(`${bytes / 1_024} KiB`);
    const name = 'ä'.repeat((bytes * 9) / 16);
    expect(await send(route, { name })).toBeProblem(413, 'payload_too_large');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'nonsense',
  ])('refuses %s', async (type) => {
    const answer = await send(route, JSON.stringify(route.body), { 'content-type': type });
    expect(answer).toBeProblem(415, 'unsupported_media_type');
  });
});

describe.each(named(routes))('%s', (_, route) => {
  const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);

  it('answers to no other method, and names its methods', async () => {
    const known = routes.filter(({ path }) => path === route.path).map(({ method }) => method);
    const path = fill(route, room, user);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      if (known.includes(method)) continue;
      for (const client of [server.admin, server.anyone]) {
        const answer = await client.send(method, path);
        expect(answer).toBeProblem(405, 'method_not_allowed');
        const allowed = (answer.headers.get('allow') ?? '').split(', ');
        expect(allowed.filter((name) => name !== 'HEAD').sort()).toEqual([...known].sort());
      }
    }
  });

  it('refuses malformed ids', async () => {
    const withId = (name: string, value: string): Promise<Answer<unknown>> =>
      callerOf(route).send(
        route.method,
        fill({ ...route, path: route.path.replace(`:${name}`, value) }, room, user),
        route.body,
      );
    for (const name of parameters) {
      const bad =
        name === 'room'
          ? ['ab', 'not_a_slug', 'x'.repeat(61), '%F0%9F%98%80abc']
          : ['1', 'abc', `${user}0`, `${user}'`];
      for (const value of bad) {
        const problem = expectProblem(await withId(name, value), 400, 'invalid_request');
        expect(placesOf(problem)).toEqual([name]);
      }
      for (const value of ['a%00b', '%zz', '%ff%fe', 'x'.repeat(500)])
        expect(await withId(name, value)).toBeProblem(400, 'invalid_request');
      const unknown = await withId(name, crypto.randomUUID());
      expect(unknown).toBeProblem(404, 'not_found');
    }
  });

  it('refuses a query with a NUL character', async () => {
    const path = `${fill(route, room, user)}?search=a%00b`;
    expect(await callerOf(route).send(route.method, path, route.body)).toBeProblem(
      400,
      'invalid_request',
    );
  });

  it('refuses more than 64 headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, each) => [`x-${each}`, 'x']));
    expect(await send(route, route.body, many)).toBeProblem(431, 'headers_too_large');
  });
});

describe('times in requests', () => {
  it.each([
    '9999-12-31T23:59:59-12:00',
    '0000-06-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '2026-02-30T00:00:00Z',
    '2026-05-30',
    '2026-05-30T18:00:00',
  ])('a time that no answer could show is refused: %s', async (closesAt) => {
    const made = await server.admin.post('/v1/rooms', { name: 'A room', closesAt });
    expect(placesOf(expectProblem(made, 400, 'invalid_request'))).toEqual(['/closesAt']);
    const changed = await server.admin.patch(`/v1/rooms/${room}`, { closesAt });
    expect(placesOf(expectProblem(changed, 400, 'invalid_request'))).toEqual(['/closesAt']);
    expect((await server.admin.get('/v1/rooms')).status).toBe(200);
  });

  it.each(['9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z', '2026-05-30T18:00:00+05:30'])(
    'a time with any year of four digits is accepted: %s',
    async (opensAt) => {
      const made = await server.admin.post('/v1/rooms', { name: 'A room', opensAt });
      expect(made).toMatchObject({
        status: 201,
        body: { opensAt: new Date(opensAt).toISOString() },
      });
    },
  );
});
