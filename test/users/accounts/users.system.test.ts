import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, SignedIn, User } from '../../support/shapes.js';

const password = 'a password for tests';
let count = 0;

const server = useApp();
async function createUser(wish: Record<string, unknown> = {}): Promise<User> {
  count += 1;
  const email = `user-${count}@example.org`;
  const body = { email, password, displayName: 'Ann', ...wish };
  const answer = await server.admin.post<User>('/v1/users', body);
  expect(answer.status).toBe(201);
  return answer.body;
}

async function signIn({ email }: User): Promise<Client> {
  const { body } = await server.anyone.post<SignedIn>('/v1/auth/login', { email, password });
  return server.anyone.as(body);
}

async function list(query: string): Promise<List<User>> {
  const { status, body } = await server.admin.get<List<User>>(`/v1/users?${query}`);
  expect(status).toBe(200);
  return body;
}

const idsOf = ({ items }: List<User>) => items.map(({ id }) => id);
const adminId = () => server.admin.signedIn?.user.id;

describe('an administrator', () => {
  it('an administrator creates a user, who can sign in with the given password', async () => {
    const body = { email: 'new@example.org', password, displayName: ' Ann ', role: 'admin' };
    const { status, headers, body: user } = await server.admin.post<User>('/v1/users', body);
    expect(status).toBe(201);
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: 'person',
      issuer: null,
      externalId: null,
      email: 'new@example.org',
      displayName: 'Ann',
      role: 'admin',
      status: 'active',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(headers.get('location')).toBe(`/v1/users/${user.id}`);
    expect((await (await signIn(user)).get<User>('/v1/me')).body).toEqual(user);
    await server.admin.delete(`/v1/users/${user.id}`);
  });

  it('an administrator reads, changes and deletes a user', async () => {
    const user = await createUser();
    const path = `/v1/users/${user.id}`;
    expect((await server.admin.get<User>(path)).body).toEqual(user);
    const changes = { email: 'Changed@example.org', displayName: 'Cara' };
    const changed = await server.admin.patch<User>(path, changes);
    expect(changed.body).toEqual({ ...user, ...changes });
    expect(
      (await server.admin.get<User>(path.toUpperCase().replace('/V1/USERS', '/v1/users'))).body,
    ).toEqual(changed.body);
    expect((await signIn(changed.body)).token).toBeDefined();
    expect((await server.admin.delete(path)).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const)
      expect(
        await server.admin.send(method, path, method === 'PATCH' ? {} : undefined),
      ).toBeProblem(404, 'not_found');
  });

  it('an administrator cannot give two users the same address in different case', async () => {
    const ann = await createUser({ email: 'taken@example.org' });
    const ben = await createUser();
    const body = { email: 'TAKEN@example.org', password, displayName: 'Ben' };
    expect(await server.admin.post('/v1/users', body)).toBeProblem(409, 'email_taken');
    const changed = await server.admin.patch(`/v1/users/${ben.id}`, { email: 'Taken@Example.org' });
    expect(changed).toBeProblem(409, 'email_taken');
    const own = await server.admin.patch<User>(`/v1/users/${ann.id}`, {
      email: 'Taken@Example.org',
    });
    expect(own.body.email).toBe('Taken@Example.org');
  });

  it('simultaneous requests for the same address create one user', async () => {
    const body = { email: 'race@example.org', password, displayName: 'Ann' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.admin.post('/v1/users', body)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  it('the last administrator cannot be deleted, demoted or disabled', async () => {
    const path = `/v1/users/${adminId()}`;
    expect(await server.admin.delete(path)).toBeProblem(409, 'last_admin');
    expect(await server.admin.patch(path, { role: 'user' })).toBeProblem(409, 'last_admin');
    expect(await server.admin.patch(path, { status: 'disabled' })).toBeProblem(409, 'last_admin');
    const disabled = await createUser({ role: 'admin' });
    await server.admin.patch(`/v1/users/${disabled.id}`, { status: 'disabled' });
    expect(await server.admin.delete(path)).toBeProblem(409, 'last_admin');
    expect((await server.admin.patch(path, { displayName: 'Still here' })).status).toBe(200);
  });

  it('an administrator may give up their role while there is another administrator', async () => {
    const other = await createUser({ role: 'admin' });
    const client = await signIn(other);
    const demoted = await client.patch<User>(`/v1/users/${other.id}`, { role: 'user' });
    expect(demoted.body.role).toBe('user');
    expect(await client.get('/v1/users')).toBeProblem(403, 'forbidden');
  });
});

describe('two administrators who remove each other at the same time', () => {
  const ways: [string, (by: Client, userId: string) => Promise<{ status: number }>][] = [
    ['by deleting', (by, userId) => by.delete(`/v1/users/${userId}`)],
    ['by demoting', (by, userId) => by.patch(`/v1/users/${userId}`, { role: 'user' })],
    ['by disabling', (by, userId) => by.patch(`/v1/users/${userId}`, { status: 'disabled' })],
  ];

  it.each(ways)(
    'two administrators who remove each other %s never both succeed',
    async (_, remove) => {
      const admins = `select id from users where role = 'admin' and status = 'active'`;
      const idle = await createUser({ role: 'admin' });
      const first = await signIn(idle);
      // The fixture's own admin gives up the role, so these two are the only administrators.
      await server.admin.patch(`/v1/users/${adminId()}`, { role: 'user' });
      let survivor = { user: idle, client: first };
      for (let round = 0; round < 20; round += 1) {
        const body = { email: `rival-${(count += 1)}@example.org`, password, displayName: 'Rival' };
        const made = await survivor.client.post<User>('/v1/users', { ...body, role: 'admin' });
        const rival = { user: made.body, client: await signIn(made.body) };
        const answers = await Promise.all([
          remove(survivor.client, rival.user.id),
          remove(rival.client, survivor.user.id),
        ]);
        const succeeded = answers.filter(({ status }) => status < 300);
        expect(succeeded).toHaveLength(1);
        const left = await server.database.query<{ id: string }>(admins);
        expect(left).toHaveLength(1);
        survivor = left[0]?.id === rival.user.id ? rival : survivor;
      }
      await survivor.client.patch(`/v1/users/${adminId()}`, { role: 'admin' });
      await server.admin.delete(`/v1/users/${survivor.user.id}`);
    },
  );
});

describe('the list of users', () => {
  it('the list is searched by name and address, and wildcards are taken literally', async () => {
    const zoe = await createUser({ displayName: 'Zoë 100% _x' });
    const abe = await createUser({ email: 'findme.zzz@example.org' });
    expect(idsOf(await list('search=ZO%C3%8B'))).toEqual([zoe.id]);
    expect(idsOf(await list('search=100%25'))).toEqual([zoe.id]);
    expect(idsOf(await list('search=_x'))).toEqual([zoe.id]);
    expect(idsOf(await list('search=FindMe'))).toEqual([abe.id]);
    expect(idsOf(await list('search=%5C'))).toEqual([]);
  });

  it('the list is filtered by role and status', async () => {
    const mark = 'filtered';
    const admin = await createUser({ displayName: mark, role: 'admin' });
    const user = await createUser({ displayName: mark });
    const disabled = await createUser({ displayName: mark });
    await server.admin.patch(`/v1/users/${disabled.id}`, { status: 'disabled' });
    expect(idsOf(await list(`search=${mark}&role=admin`))).toEqual([admin.id]);
    expect(idsOf(await list(`search=${mark}&status=disabled`))).toEqual([disabled.id]);
    expect(idsOf(await list(`search=${mark}&role=user&status=active`))).toEqual([user.id]);
    expect(idsOf(await list(`search=${mark}&status=pending`))).toEqual([]);
  });

  it('the pages of the list stay stable while users are added and deleted', async () => {
    const displayName = 'Page';
    const users: User[] = [];
    for (let each = 0; each < 5; each += 1) users.push(await createUser({ displayName }));
    const ids = users.map(({ id }) => id);
    const first = await list('search=Page&limit=2');
    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    const late = await createUser({ displayName });
    await server.admin.delete(`/v1/users/${ids[0]}`);
    await server.admin.delete(`/v1/users/${ids[1]}`);
    const second = await list(`search=Page&limit=2&cursor=${first.nextCursor}`);
    expect(idsOf(second)).toEqual(ids.slice(2, 4));
    const third = await list(`search=Page&limit=2&cursor=${second.nextCursor}`);
    expect(idsOf(third)).toEqual([ids[4], late.id]);
    expect(third.nextCursor).toBeNull();
    expect((await list('search=Page&limit=200')).nextCursor).toBeNull();
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=foreign', 'cursor'],
    ['cursor=', 'cursor'],
    ['cursor=MTIzNDU2Nzg', 'cursor'],
    ['role=host', 'role'],
    ['status=asleep', 'status'],
    ['search=', 'search'],
    ['page=2', 'page'],
  ])('the list refuses the query %s', async (query, parameter) => {
    const answer = await server.admin.get(`/v1/users?${query}`);
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual([parameter]);
  });
});

describe('a user without the role of an administrator', () => {
  it('a user who is not an administrator reads and changes no user by id, including themselves', async () => {
    const user = await createUser();
    const ann = await signIn(user);
    for (const id of [user.id, adminId(), crypto.randomUUID()])
      for (const send of callsFor(`/v1/users/${id}`)) {
        expect(await send(ann)).toBeProblem(403, 'forbidden');
        expect(await send(server.anyone)).toBeProblem(401, 'unauthenticated');
      }
  });

  function callsFor(path: string): ((client: Client) => ReturnType<Client['get']>)[] {
    const body = { email: 'x@example.org', password, displayName: 'X' };
    return [
      (client) => client.get('/v1/users'),
      (client) => client.post('/v1/users', body),
      (client) => client.get(path),
      (client) => client.patch(path, { role: 'admin' }),
      (client) => client.delete(path),
    ];
  }
});
