import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { Contract, type Media, type Response } from '../../support/openapi.js';
import type { Room } from '../../support/shapes.js';

/** A value that no current release has. */
const NEWER = 'newer';

let server: TestApp;
let ann: Client;
let room: Room;

const idOf = ({ signedIn }: Client) => signedIn?.user.id ?? '';
const set = (statement: string, ...values: unknown[]) =>
  server.database.query(statement, [...values, NEWER]);

/** Returns all values of a field in an answer, at any depth. */
function valuesOf(name: string, answer: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([key, value]) =>
    key === name && typeof value === 'string' ? [value] : valuesOf(name, value),
  );
}

beforeAll(async () => {
  server = await startApp();
  // A migration of a newer release widens the constraints while this release still runs.
  await server.database.query(`do $$ declare c record; begin
    for c in select conrelid::regclass as owner, conname from pg_constraint
              where contype = 'c' and connamespace = 'public'::regnamespace
    loop execute format('alter table %s drop constraint %I', c.owner, c.conname); end loop; end $$`);
  ann = await server.signUp('Ann');
  room = await server.createRoom();
});
afterAll(() => server.stop());

describe('a value that a newer release wrote', () => {
  it.each(['role', 'kind', 'status'])(
    'an unknown %s of a user is returned as it is',
    async (column) => {
      const bob = await server.signUp('Bob');
      await set(`update users set ${column} = $2 where id = $1`, idOf(bob));
      const views = [
        await server.admin.get(`/v1/users/${idOf(bob)}`),
        await server.admin.get('/v1/users?limit=200'),
        ...(column === 'status' ? [] : [await bob.get('/v1/me'), await refreshed(bob)]),
      ];
      for (const { status, body } of views) {
        expect(status).toBe(200);
        expect(valuesOf(column, body)).toContain(NEWER);
      }
    },
  );

  it('an unknown role of a user gives no rights', async () => {
    const bob = await server.signUp('Bob');
    await set('update users set role = $2 where id = $1', idOf(bob));
    const list = await bob.get('/v1/users');
    expect(list.status).toBe(403);
    expectProblem(list, 403, 'forbidden');
    expectProblem(await bob.patch(`/v1/rooms/${room.id}`, { name: 'Mine' }), 403, 'forbidden');
  });

  it('an unknown status of a user prevents a sign-in', async () => {
    const email = 'suspended@example.org';
    const account = { email, password: 'a password for tests', displayName: 'Sue' };
    await server.anyone.post('/v1/auth/register', account);
    await set('update users set status = $2 where email = $1', email);
    const { password } = account;
    const answer = await server.anyone.post('/v1/auth/login', { email, password });
    expect(answer.status).toBe(403);
    expectProblem(answer, 403, 'account_disabled');
  });

  it.each(['access', 'status'])('an unknown %s of a room is returned as it is', async (column) => {
    const { id } = await server.createRoom();
    await set(`update rooms set ${column} = $2 where id = $1`, id);
    const views = [
      await server.admin.get(`/v1/rooms/${id}`),
      await server.admin.get('/v1/rooms?limit=200'),
      await server.admin.patch(`/v1/rooms/${id}`, { description: 'Changed' }),
    ];
    for (const { status, body } of views) {
      expect(status).toBe(200);
      expect(valuesOf(column, body)).toContain(NEWER);
    }
  });

  it('an unknown status of a room is its phase, and admits no more people than a locked room', async () => {
    const { id } = await server.createRoom();
    await server.join(ann, { id });
    await set('update rooms set status = $2 where id = $1', id);
    const state = await server.admin.get(`/v1/rooms/${id}/events?after=0&wait=0`, {
      accept: 'application/json',
    });
    expect(state.status).toBe(200);
    expect(valuesOf('phase', state.body)).toEqual([NEWER]);
    const bob = await server.signUp('Bob');
    expectProblem(await bob.post(`/v1/rooms/${id}/join`), 409, 'room_locked');
    expect((await ann.post(`/v1/rooms/${id}/join`)).status).toBe(200);
    const explained = await server.admin.get(`/v1/rooms/${id}/explain?userId=${idOf(bob)}`);
    expect(explained.status).toBe(200);
  });

  it('an unknown role of a member is returned wherever the room shows roles', async () => {
    const { id } = await server.createRoom({ capacity: 10 });
    await set('insert into members (room_id, user_id, role) values ($1, $2, $3)', id, idOf(ann));
    const grant = await ann.post(`/v1/rooms/${id}/join`);
    const views = [
      grant,
      await ann.post(`/v1/rooms/${id}/join`),
      await ann.get(`/v1/rooms/${id}/participants`),
      await server.admin.get(`/v1/rooms/${id}/members`),
      await server.admin.get(`/v1/rooms/${id}/participants`),
      await server.admin.post(`/v1/rooms/${id}/rekey`, { reason: 'A test', dryRun: true }),
    ];
    for (const { status, body } of views) {
      expect(status).toBe(200);
      expect(valuesOf('role', body)).toContain(NEWER);
    }
    expectProblem(await ann.patch(`/v1/rooms/${id}`, { name: 'Mine' }), 403, 'forbidden');
  });

  it('an unknown role of an invite is returned for the invite and for the people who use it', async () => {
    const { id } = await server.createRoom({ access: 'members' });
    const invites = `/v1/rooms/${id}/invites`;
    const { body } = await server.admin.post<{ code: string }>(invites, { role: 'viewer' });
    await set('update invites set role = $2 where room_id = $1', id);
    const displayName = 'Gus';
    const guest = await server.anyone.post('/v1/auth/guest', {
      inviteCode: body.code,
      displayName,
    });
    expect(guest.status).toBe(201);
    const views = [
      await ann.post(`/v1/rooms/${id}/join`, { inviteCode: body.code }),
      await server.admin.get(invites),
    ];
    for (const view of views) {
      expect(view.status).toBe(200);
      expect(valuesOf('role', view.body)).toContain(NEWER);
    }
  });

  it('an unknown reason for the end of a generation is returned as it is', async () => {
    const { id } = await server.createRoom();
    await server.join(ann, { id });
    await set(
      `insert into room_generations (room_id, generation, fingerprint, serve_until, reason)
       values ($1, 2, 'fingerprint', clock_timestamp(), $2)`,
      id,
    );
    const { status, body } = await server.admin.get(`/v1/rooms/${id}/generations`);
    expect(status).toBe(200);
    expect(valuesOf('reason', body)).toContain(NEWER);
  });

  it('an unknown type of an event is returned as it is', async () => {
    const { id } = await server.createRoom();
    await server.join(ann, { id });
    await set(
      `with feed as (
         insert into room_feeds as f (room_id, last_id) values ($1, 1)
         on conflict (room_id) do update set last_id = f.last_id + 1 returning last_id)
       insert into room_events (room_id, id, type, data) select $1, last_id, $2, '{}' from feed`,
      id,
    );
    const headers = { accept: 'application/json' };
    const { status, body } = await ann.get(`/v1/rooms/${id}/events?after=0&wait=0`, headers);
    expect(status).toBe(200);
    expect(valuesOf('type', body)).toContain(NEWER);
  });

  it('an unknown action of the audit trail is returned as it is', async () => {
    await set(
      `insert into audit_entries (id, action, details) values (gen_random_uuid(), $1, '{}')`,
    );
    const { status, body } = await server.admin.get('/v1/audit?limit=200');
    expect(status).toBe(200);
    expect(valuesOf('action', body)).toContain(NEWER);
  });
});

function refreshed({ signedIn }: Client) {
  return server.anyone.post('/v1/auth/refresh', { refreshToken: signedIn?.refreshToken });
}

describe('the enumerations of the OpenAPI document', () => {
  it('values of answers that may grow are not declared as closed lists', async () => {
    const contract = await Contract.read(server.anyone);
    const { schemas } = contract.document.components;
    const closed = contract.endpoints.flatMap((endpoint) =>
      Object.keys(endpoint.operation.responses)
        .filter((status) => status.startsWith('2'))
        .flatMap((status) => {
          const { content = {} } = contract.responseOf(endpoint, status) as Response;
          return Object.values(content).flatMap((media: Media) => closedIn(media, schemas));
        }),
    );
    expect([...new Set(closed)]).toEqual([]);
  });
});

interface Listing {
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly $ref?: string;
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
}

/**
 * Returns the closed lists in a schema and in the schemas it refers to. The tag of an event is not
 * one of them: clients distinguish events by it, and ignore events with an unknown tag.
 */
function closedIn(
  node: unknown,
  schemas: Readonly<Record<string, unknown>>,
  seen = new Set<string>(),
  tags = new Set<string>(),
): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { enum: list, const: only, $ref: reference, discriminator } = node as Listing;
  for (const tag of Object.keys(discriminator?.mapping ?? {})) tags.add(tag);
  const own = list ?? (only === undefined ? [] : [only]);
  const name = reference?.split('/').at(-1) ?? '';
  const isNew = name !== '' && !seen.has(name);
  if (isNew) seen.add(name);
  return [
    ...(own.every((value) => tags.has(value)) ? [] : [JSON.stringify(own)]),
    ...(isNew ? closedIn(schemas[name], schemas, seen, tags) : []),
    ...Object.values(node).flatMap((each) => closedIn(each, schemas, seen, tags)),
  ];
}
