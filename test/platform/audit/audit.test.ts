import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { Room, SignedIn, User } from '../../support/shapes.js';

interface Entry {
  readonly action: string;
  readonly actor_id: string | null;
  readonly user_id: string | null;
  readonly room_id: string | null;
  readonly details: unknown;
  readonly address: string | null;
  readonly request_id: string | null;
}

const email = 'audited@example.org';
const password = 'a password for tests';
const displayName = 'Audrey';
let ann: Client;
let since = '00000000-0000-0000-0000-000000000000';

/** Returns the entries that were written after the last call. */
async function newEntries(): Promise<Entry[]> {
  const rows = await server.database.query<Entry & { id: string }>(
    'select * from audit_entries where id > $1 order by id',
    [since],
  );
  since = rows.at(-1)?.id ?? since;
  return rows;
}

const requestOf = ({ headers }: Answer<unknown>) => headers.get('x-request-id');
function entry(
  action: string,
  by: Client | string,
  answer: Answer<unknown>,
  about: Partial<Entry> = {},
): unknown {
  return expect.objectContaining({
    action,
    actor_id: typeof by === 'string' ? by : idOf(by),
    user_id: null,
    room_id: null,
    details: {},
    address: '127.0.0.1',
    request_id: requestOf(answer),
    ...about,
  });
}

const sessionDetails = { sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown };

const server = useApp();

beforeAll(async () => {
  ann = await server.signUp('Ann');
  await newEntries();
});
describe('the entries of the audit trail', () => {
  it('a sign-in, a sign-out and a reuse of a refresh token are recorded', async () => {
    const body = { email, password, displayName };
    const registered = await server.anyone.post<SignedIn>('/v1/auth/register', body);
    const { id } = registered.body.user;
    const opened = { user_id: id, details: sessionDetails };
    expect(await newEntries()).toEqual([
      entry('user.registered', id, registered, { user_id: id }),
      entry('session.opened', id, registered, opened),
    ]);

    const login = await server.anyone.post<SignedIn>('/v1/auth/login', { email, password });
    expect(await newEntries()).toEqual([entry('session.opened', id, login, opened)]);

    const logout = await server.anyone.as(login.body).post('/v1/auth/logout');
    expect(await newEntries()).toEqual([entry('session.ended', id, logout, opened)]);

    const refresh = (refreshToken: string) =>
      server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    const first = await refresh(registered.body.refreshToken);
    await refresh(first.body.refreshToken);
    expect(await newEntries()).toEqual([]);
    const reuse = await refresh(registered.body.refreshToken);
    expect(await newEntries()).toEqual([entry('session.reused', id, reuse, opened)]);
    await refresh(registered.body.refreshToken);
    expect(await newEntries()).toEqual([]);
  });

  it('the creation, change and deletion of a user are recorded, without personal data', async () => {
    const body = { email: 'made@example.org', password, displayName, role: 'admin' };
    const made = await server.admin.post<User>('/v1/users', body);
    const about = { user_id: made.body.id };
    const path = `/v1/users/${made.body.id}`;
    const changed = await server.admin.patch(path, {
      email: 'changed@example.org',
      displayName: 'Zora',
      role: 'user',
      status: 'disabled',
    });
    const renamed = await server.admin.patch(path, { displayName: 'Zara' });
    const removed = await server.admin.delete(path);
    const names = ['email', 'displayName', 'role', 'status'];
    expect(await newEntries()).toEqual([
      entry('user.created', server.admin, made, { ...about, details: { role: 'admin' } }),
      entry('user.changed', server.admin, changed, {
        ...about,
        details: { changed: names, role: 'user', status: 'disabled' },
      }),
      entry('user.changed', server.admin, renamed, {
        ...about,
        details: { changed: ['displayName'] },
      }),
      entry('user.deleted', server.admin, removed, about),
    ]);
  });

  it('the creation, change and deletion of a room and its members are recorded', async () => {
    const settings = { name: 'Secret party', slug: 'audited', accessCode: 'hush hush' };
    const made = await server.admin.post<Room>('/v1/rooms', settings);
    const about = { room_id: made.body.id };
    const path = '/v1/rooms/audited';
    const changed = await server.admin.patch(path, { accessCode: 'hush', metadata: { a: 'b' } });
    const members = `${path}/members/${idOf(ann)}`;
    const hosted = await server.admin.put(members, { role: 'host' });
    const locked = await ann.patch(path, { status: 'locked' });
    const left = await ann.delete(members);
    const deleted = await server.admin.delete(path);
    const aboutAnn = { ...about, user_id: idOf(ann) };
    expect(await newEntries()).toEqual([
      entry('room.created', server.admin, made, about),
      entry('room.changed', server.admin, changed, {
        ...about,
        details: { changed: ['accessCode', 'metadata'] },
      }),
      entry('member.set', server.admin, hosted, { ...aboutAnn, details: { role: 'host' } }),
      entry('room.changed', ann, locked, { ...about, details: { changed: ['status'] } }),
      entry('member.removed', ann, left, aboutAnn),
      entry('room.deleted', server.admin, deleted, about),
    ]);
  });

  it('a refused request and a change without effect are not recorded', async () => {
    const room = await server.createRoom({ slug: 'refused', access: 'members' });
    const other = await server.createRoom();
    await newEntries();
    const path = `/v1/rooms/${room.id}`;
    const admin = `/v1/users/${idOf(server.admin)}`;
    const nobody = crypto.randomUUID();
    const taken = { email: ann.signedIn?.user.email, password, displayName };
    expect(await server.anyone.post('/v1/auth/register', taken)).toBeProblem(409, 'email_taken');
    const login = { email, password: 'not the password' };
    expect(await server.anyone.post('/v1/auth/login', login)).toBeProblem(
      401,
      'invalid_credentials',
    );
    expect(await server.admin.post('/v1/users', taken)).toBeProblem(409, 'email_taken');
    expect(await server.admin.patch(admin, { role: 'user' })).toBeProblem(409, 'last_admin');
    expect(await server.admin.delete(admin)).toBeProblem(409, 'last_admin');
    expect(await server.admin.delete(`/v1/users/${nobody}`)).toBeProblem(404, 'not_found');
    expect(await ann.delete(`/v1/users/${idOf(ann)}`)).toBeProblem(403, 'forbidden');
    const slug = { slug: 'refused', name: 'Other' };
    expect(await server.admin.post('/v1/rooms', slug)).toBeProblem(409, 'slug_taken');
    const taking = await server.admin.patch(`/v1/rooms/${other.id}`, slug);
    expect(taking).toBeProblem(409, 'slug_taken');
    expect(await ann.patch(path, { name: 'Mine' })).toBeProblem(404, 'not_found');
    const stale = { 'if-match': '"9"' };
    const late = await server.admin.patch(path, { name: 'Late' }, stale);
    expect(late).toBeProblem(412, 'precondition_failed');
    expect(await server.admin.delete(path, stale)).toBeProblem(412, 'precondition_failed');
    const member = `${path}/members/${nobody}`;
    expect(await server.admin.put(member, { role: 'host' })).toBeProblem(404, 'not_found');
    expect(await server.admin.delete(member)).toBeProblem(404, 'not_found');
    for (const unchanged of [path, `/v1/users/${idOf(ann)}`])
      expect((await server.admin.patch(unchanged, {})).status).toBe(200);
    expect(await newEntries()).toEqual([]);
  });

  it('an entry is written in the transaction of its change, and a failed entry undoes the change', async () => {
    const room = await server.createRoom({ slug: 'untouched' });
    const { body: before } = await server.admin.get(`/v1/rooms/${room.id}`);
    const { body: people } = await server.admin.get('/v1/users');
    await newEntries();
    const forbid = `alter table audit_entries add constraint none check (action = '-') not valid`;
    await server.database.query(forbid);
    try {
      const path = `/v1/rooms/${room.id}`;
      const body = { email: 'unborn@example.org', password, displayName };
      const user = `/v1/users/${idOf(ann)}`;
      const answers = [
        await server.anyone.post('/v1/auth/register', body),
        await ann.post('/v1/auth/logout'),
        await server.admin.post('/v1/users', body),
        await server.admin.patch(user, { displayName: 'Other' }),
        await server.admin.delete(user),
        await server.admin.post('/v1/rooms', { name: 'Unborn' }),
        await server.admin.patch(path, { name: 'Other' }),
        await server.admin.put(`${path}/members/${idOf(ann)}`, { role: 'host' }),
        await server.admin.delete(path),
      ];
      for (const answer of answers) expectProblem(answer, 500, 'internal_error');
    } finally {
      await server.database.query('alter table audit_entries drop constraint none');
    }
    expect((await server.admin.get(`/v1/rooms/${room.id}`)).body).toEqual(before);
    expect((await server.admin.get('/v1/users')).body).toEqual(people);
    expect((await server.admin.get<{ items: [] }>('/v1/rooms?search=unborn')).body.items).toEqual(
      [],
    );
    const members = await server.admin.get<{ items: [] }>(`/v1/rooms/${room.id}/members`);
    expect(members.body.items).toEqual([]);
    expect((await ann.get('/v1/me')).status).toBe(200);
    expect(await newEntries()).toEqual([]);
  });

  it('the audit trail contains no secret and no personal data', async () => {
    const all = JSON.stringify(await server.database.query('select * from audit_entries'));
    const secrets = [email, password, displayName, 'Zora', 'example.org', 'hush', 'Secret party'];
    const tokens = ['lkr_', ann.token ?? '', ann.signedIn?.refreshToken ?? ''];
    for (const secret of [...secrets, ...tokens]) expect(all).not.toContain(secret);
  });
});
