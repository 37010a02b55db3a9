import { beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../sandbox/credentials.js';
import { ANN, BEN, DEMO_PASSWORD, DEMO_ROOM, DEMO_USERS } from '../../../sandbox/demo.js';
import { prepareDemo } from '../../../sandbox/prepare-demo.js';
import { Tour } from '../../../sandbox/tour.js';
import { createKey } from '../../support/api-keys.js';
import { useApp } from '../../support/app.js';
import { bearing } from '../../support/backend.js';
import type { Answer, Client, Method } from '../../support/client.js';
import { testEnvironment } from '../../support/config.js';
import { Contract, type Endpoint } from '../../support/openapi.js';
import type { List, NewInvite, SignedIn } from '../../support/shapes.js';

const server = useApp();

let contract: Contract;
let ann: Client;
let backend: Client;
let ben: Client;

const users: Person[] = DEMO_USERS.map(({ email, displayName }) => ({
  email,
  displayName,
  password: DEMO_PASSWORD,
}));
const { ADMIN_EMAIL, ADMIN_PASSWORD } = testEnvironment;
const admin: Person = { email: ADMIN_EMAIL, password: ADMIN_PASSWORD, displayName: 'Admin' };

async function signIn({ email }: { readonly email: string }): Promise<Client> {
  const login = { email, password: DEMO_PASSWORD };
  const { status, body } = await server.anyone.post<SignedIn>('/v1/auth/login', login);
  expect([email, status]).toEqual([email, 200]);
  return server.anyone.as(body);
}

beforeAll(async () => {
  contract = await Contract.read(server.anyone);
  const tour = new Tour(server.url, () => undefined, new AbortController().signal);
  await prepareDemo(tour, server.database.url, admin, users);
  backend = bearing(server.url, await tour.makeApiKey(admin, undefined));
  ann = await signIn(ANN);
  ben = await signIn(BEN);
});

/** The parts of an example that no document can name, and the reason. */
interface Exception {
  readonly because: string;
  readonly prepare: () => Promise<{
    path?: Record<string, string>;
    body?: Record<string, unknown>;
  }>;
}
const OF_KEY: Exception = {
  because: 'each API key has another id',
  prepare: async () => ({ path: { id: (await createKey(server)).id } }),
};
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  refresh: {
    because: 'each sign-in has another refresh token',
    prepare: async () => ({ body: { refreshToken: (await signIn(ANN)).signedIn?.refreshToken } }),
  },
  signInAsGuest: {
    because: 'each invite has another code',
    prepare: async () => ({ body: { inviteCode: (await invite()).code } }),
  },
  revokeInvite: {
    because: 'each invite has another id',
    prepare: async () => ({ path: { id: (await invite()).id } }),
  },
  endMySession: {
    because: 'each sign-in has another id',
    prepare: async () => ({ path: { id: await otherSessionOf(ann) } }),
  },
  ...Object.fromEntries(
    ['getApiKey', 'changeApiKey', 'deleteApiKey', 'rotateApiKey'].map((name) => [name, OF_KEY]),
  ),
  kickParticipant: {
    because: 'Ben has to join the room first',
    prepare: async () => {
      await ben.post(`/v1/rooms/${DEMO_ROOM.slug}/join`);
      return {};
    },
  },
};

async function invite(): Promise<NewInvite> {
  const path = `/v1/rooms/${DEMO_ROOM.slug}/invites`;
  return (await server.admin.post<NewInvite>(path, { role: 'viewer' })).body;
}

async function otherSessionOf(client: Client): Promise<string> {
  await signIn(ANN);
  const { body } = await client.get<List<{ id: string; current: boolean }>>('/v1/me/sessions');
  return body.items.find(({ current }) => !current)?.id ?? '';
}

/** Operations that end what other examples need: they are sent last, in this order. */
const LAST = [
  'leaveRoom',
  'removeMember',
  'removeBan',
  'kickParticipant',
  'logout',
  'endMySession',
  'endUserSessions',
  'resetPassword',
  'deleteUser',
  'endMyOtherSessions',
  'changeMyPassword',
  'deleteMe',
  'deleteRoom',
];

function inOrder(endpoints: readonly Endpoint[]): Endpoint[] {
  const rank = ({ operation }: Endpoint) => LAST.indexOf(operation.operationId);
  return [...endpoints].sort((a, b) => rank(a) - rank(b));
}

async function callerOf({ operation }: Endpoint): Promise<Client> {
  if (operation.operationId === 'logout') return signIn(ANN);
  const level = operation['x-access'];
  if (level === 'key') return backend;
  return level === 'anyone'
    ? server.anyone
    : level === 'host' || level === 'admin'
      ? server.admin
      : ann;
}

/** The request that *Try it out* sends, with every optional parameter filled in. */
async function send(endpoint: Endpoint): Promise<Answer<unknown>> {
  const { method, path, operation } = endpoint;
  const supplied = await EXCEPTIONS[operation.operationId]?.prepare();
  const examples = (place: string): [string, string][] =>
    (operation.parameters ?? [])
      .filter((parameter) => parameter.in === place)
      .map(({ name, example }) => [name, supplied?.path?.[name] ?? String(example)]);
  const target = examples('path').reduce(
    (filled, [name, value]) => filled.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
  const query = new URLSearchParams(examples('query')).toString();
  const example = operation.requestBody?.content['application/json']?.example;
  const body = example === undefined ? undefined : { ...example, ...supplied?.body };
  const name = method.toUpperCase() as Method;
  const caller = await callerOf(endpoint);
  return caller.send(name, `${target}?${query}`, body, Object.fromEntries(examples('header')));
}

describe('the examples of the reference', () => {
  it('every example works in the sandbox as it stands', async () => {
    const failed: unknown[] = [];
    for (const endpoint of inOrder(contract.endpoints)) {
      const { status, body } = await send(endpoint);
      const { operationId, responses } = endpoint.operation;
      if (status >= 300 || !Object.hasOwn(responses, status))
        failed.push([operationId, status, body]);
    }
    expect(failed).toEqual([]);
  });

  it('every exception belongs to an operation that exists', () => {
    const names = contract.endpoints.map(({ operation }) => operation.operationId);
    for (const name of [...Object.keys(EXCEPTIONS), ...LAST]) expect(names).toContain(name);
  });
});
