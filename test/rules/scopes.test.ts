import { beforeAll, describe, expect, it } from 'vitest';
import { type Scope, SCOPES } from '../../src/platform/access/scope.js';
import { createKey } from '../support/api-keys.js';
import { useApp } from '../support/app.js';
import type { Answer, Client, Method } from '../support/client.js';
import '../support/expect-problem.js';
import { handlersOf } from '../support/handlers.js';
import { Contract, type Endpoint, nameOf } from '../support/openapi.js';
import type { ProblemBody } from '../support/shapes.js';

/** The scope that opens each route for API keys; every other route is closed to them. */
const OPENED: Readonly<Record<Scope, readonly string[]>> = {
  'rooms:read': [
    'GET /v1/rooms',
    'GET /v1/rooms/{room}',
    'GET /v1/rooms/{room}/members',
    'GET /v1/rooms/{room}/invites',
    'GET /v1/rooms/{room}/bans',
    'GET /v1/rooms/{room}/participants',
    'GET /v1/rooms/{room}/generations',
    'GET /v1/rooms/{room}/holders',
    'GET /v1/rooms/{room}/explain',
  ],
  'rooms:write': [
    'POST /v1/rooms',
    'PATCH /v1/rooms/{room}',
    'DELETE /v1/rooms/{room}',
    'PUT /v1/rooms/{room}/members',
    'PUT /v1/rooms/{room}/members/{userId}',
    'DELETE /v1/rooms/{room}/members/{userId}',
    'POST /v1/rooms/{room}/invites',
    'DELETE /v1/rooms/{room}/invites/{id}',
    'PUT /v1/rooms/{room}/bans/{userId}',
    'DELETE /v1/rooms/{room}/bans/{userId}',
    'DELETE /v1/rooms/{room}/participants/{userId}',
    'POST /v1/rooms/{room}/rekey',
  ],
  'users:read': ['GET /v1/users', 'GET /v1/users/{id}'],
  'users:write': ['POST /v1/users', 'PATCH /v1/users/{id}', 'DELETE /v1/users/{id}'],
  'join:on-behalf': ['POST /v1/rooms/{room}/grants'],
  'audit:read': ['GET /v1/audit'],
  'webhooks:write': [],
};

const server = useApp();
let contract: Contract;
let clients: Readonly<Record<Scope, Client>>;
let almighty: Client;

beforeAll(async () => {
  contract = await Contract.read(server.anyone);
  const made: [Scope, Client][] = [];
  for (const scope of SCOPES) made.push([scope, (await createKey(server, [scope])).client]);
  clients = Object.fromEntries(made) as typeof clients;
  almighty = (await createKey(server, SCOPES)).client;
});

/** Sends a request about objects that do not exist, so that it changes nothing. */
function send(client: Client, { method, path }: Endpoint): Promise<Answer<ProblemBody>> {
  const target = path.replaceAll(/\{\w+\}/g, () => crypto.randomUUID());
  return client.send(method.toUpperCase() as Method, target);
}

const protectedOnes = () =>
  contract.endpoints.filter(({ operation }) => operation['x-access'] !== 'anyone');

describe('the scopes of API keys', () => {
  it('the document names the scope of each route as this table says, and has every route', () => {
    const documented = contract.endpoints.flatMap((endpoint) => {
      const scope = endpoint.operation['x-scope'];
      return scope === undefined ? [] : [`${scope} ${nameOf(endpoint)}`];
    });
    const opened = Object.entries(OPENED).flatMap(([scope, names]) =>
      names.map((name) => `${scope} ${name}`),
    );
    expect(new Set(documented)).toEqual(new Set(opened));
    const inV1 = (name: string) => name.includes(' /v1/');
    const routes = handlersOf(server.app).map(({ route }) => route.replaceAll(/:(\w+)/g, '{$1}'));
    expect(new Set(contract.endpoints.map(nameOf).filter(inV1))).toEqual(
      new Set(routes.filter(inV1)),
    );
  });

  it.each(SCOPES)(
    'a key with %s passes on the routes of this scope, and on no other',
    async (own) => {
      const answers = protectedOnes().map(async (endpoint) => {
        const { status, body } = await send(clients[own], endpoint);
        const isRefused = status === 403 && body.code === 'insufficient_scope';
        const scope = (body as { scope?: string | null } | undefined)?.scope;
        return [nameOf(endpoint), isRefused ? scope : 'passes'];
      });
      const expected = protectedOnes().map((endpoint) => {
        const scope = endpoint.operation['x-scope'] ?? null;
        return [nameOf(endpoint), scope === own ? 'passes' : scope];
      });
      expect(await Promise.all(answers)).toEqual(expected);
    },
  );

  it('a key with every scope passes on no route without a scope', async () => {
    const closed = protectedOnes().filter(({ operation }) => operation['x-scope'] === undefined);
    expect(closed.length).toBeGreaterThan(15);
    for (const endpoint of closed) {
      const answer = await send(almighty, endpoint);
      expect([nameOf(endpoint), answer.status, answer.body.code]).toEqual([
        nameOf(endpoint),
        403,
        'insufficient_scope',
      ]);
      expect(answer.body).toMatchObject({ scope: null });
    }
  });
});
