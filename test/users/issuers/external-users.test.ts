import { describe, expect, it } from 'vitest';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, User } from '../../support/shapes.js';
import { now, useTrustingServer } from '../../support/trusting-server.js';

const trusted = useTrustingServer();

const add = (body: Record<string, unknown>) => trusted.server.admin.post<User>('/v1/users', body);
const relink = (id: string, body: Record<string, unknown>) =>
  trusted.server.admin.patch<User>(`/v1/users/${id}`, body);

async function find(query: Record<string, string>): Promise<User[]> {
  const path = `/v1/users?${new URLSearchParams(query).toString()}`;
  const { status, body } = await trusted.server.admin.get<List<User>>(path);
  expect(status).toBe(200);
  return body.items;
}

describe('a user who is added before the first visit', () => {
  it('the first token of the identity signs this user in', async () => {
    const externalId = trusted.newSubject();
    const issuer = trusted.issuer.url;
    const { status, body } = await add({ externalId, issuer, displayName: 'Added Ann' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'external', externalId, issuer, email: null, role: 'user' });
    expect(body.displayName).toBe('Added Ann');
    const { user } = await trusted.visit({ sub: externalId, name: 'Claimed Ann' });
    expect(user).toMatchObject({ id: body.id, displayName: 'Claimed Ann' });
  });

  it('a token without a name leaves the name of the administrator', async () => {
    const externalId = trusted.newSubject();
    await add({ externalId, issuer: trusted.issuer.url, displayName: 'Added Ben' });
    const { user } = await trusted.visit({ sub: externalId, name: undefined });
    expect(user.displayName).toBe('Added Ben');
  });

  it('without an issuer, the identity belongs to external:default', async () => {
    const externalId = trusted.newSubject();
    const { body } = await add({ externalId, displayName: 'Cleo' });
    expect(body.issuer).toBe('external:default');
    const named = await add({ externalId, issuer: 'external:other', displayName: 'Cleo' });
    expect(named.status).toBe(201);
    const again = await add({ externalId, issuer: 'external:default', displayName: 'Cleo' });
    expect(again).toBeProblem(409, 'external_id_taken');
  });

  it('an identity that exists is refused with 409', async () => {
    const { subject } = await trusted.visit();
    const answer = await add({
      externalId: subject,
      issuer: trusted.issuer.url,
      displayName: 'Twice',
    });
    expect(answer).toBeProblem(409, 'external_id_taken');
  });

  it.each(['https://unknown.example', 'external:', 'external:Big', 'external', 'https://id/'])(
    'the issuer %s is refused at /issuer',
    async (issuer) => {
      const answer = await add({ externalId: 'a', issuer, displayName: 'Nobody' });
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['/issuer']);
    },
  );

  it.each<[string, Record<string, unknown>, string]>([
    ['an e-mail address', { email: 'a@example.org' }, '/email'],
    ['a password', { password: 'a password for tests' }, '/password'],
    ['an empty id', { externalId: '' }, '/externalId'],
    ['an id of 256 characters', { externalId: 'a'.repeat(256) }, '/externalId'],
    ['an id with a line break', { externalId: 'a\nb' }, '/externalId'],
  ])('%s beside the identity is refused', async (_, body, place) => {
    const answer = await add({ externalId: 'x', displayName: 'Nobody', ...body });
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toContain(place);
  });

  it('an issuer without an externalId is refused', async () => {
    const body = { email: 'b@example.org', password: 'a password for tests', displayName: 'B' };
    expect(await add({ ...body, issuer: trusted.issuer.url })).toBeProblem(400, 'invalid_request');
  });

  it('20 additions of one identity at once make one user', async () => {
    const externalId = trusted.newSubject();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => add({ externalId, displayName: 'Dora' })),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([201, 409]));
  });
});

describe('the look-up by an id of another system', () => {
  it('users are found by their id, in all systems or in one', async () => {
    const { subject, user } = await trusted.visit();
    const { body: other } = await add({ externalId: subject, displayName: 'Same id' });
    const issuer = trusted.issuer.url;
    const idsOf = (users: User[]) => new Set(users.map(({ id }) => id));
    expect(idsOf(await find({ externalId: subject }))).toEqual(new Set([user.id, other.id]));
    expect(idsOf(await find({ externalId: subject, issuer }))).toEqual(new Set([user.id]));
    expect(await find({ externalId: subject, issuer: 'external:nothing' })).toEqual([]);
    expect(await find({ externalId: subject.toUpperCase() })).toEqual([]);
    expect((await find({ issuer })).every((each) => each.issuer === issuer)).toBe(true);
  });
});

describe('a user who is linked to another identity', () => {
  it('the old tokens are refused, and tokens of the new identity sign the user in', async () => {
    const { client, subject, user } = await trusted.visit({ sid: 'first' });
    const externalId = trusted.newSubject();
    const { status, body } = await relink(user.id, { externalId, issuer: trusted.issuer.url });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: user.id, externalId, issuer: trusted.issuer.url });
    expect(await trusted.verdictOn(client.token ?? '')).toBe('session_ended');
    const old = { sub: subject, sid: 'first', iat: now() + 10 };
    expect(await trusted.verdictOnClaims(old)).toBe('session_ended');
    expect(await trusted.verdictOnClaims(old, { 'latchkey-device': 'a' })).toBe('session_ended');
    const visit = await trusted.visit({ sub: externalId });
    expect(visit.user.id).toBe(user.id);
  });

  it('the old identity is a new user after a new sign-in', async () => {
    const { subject, user } = await trusted.visit({ sid: 'first' });
    await relink(user.id, { externalId: trusted.newSubject(), issuer: trusted.issuer.url });
    const later = await trusted.visit({ sub: subject, sid: 'second' });
    expect(later.user.id).not.toBe(user.id);
  });

  it('the identity of another user is refused with 409, and ends no session', async () => {
    const ann = await trusted.visit();
    const ben = await trusted.visit();
    const answer = await relink(ann.user.id, {
      externalId: ben.subject,
      issuer: trusted.issuer.url,
    });
    expect(answer).toBeProblem(409, 'external_id_taken');
    expect((await ann.client.get('/v1/me')).status).toBe(200);
  });

  it('the same identity changes nothing, and ends no session', async () => {
    const { client, subject, user } = await trusted.visit();
    const same = await relink(user.id, { externalId: subject, issuer: trusted.issuer.url });
    expect(same.status).toBe(200);
    expect((await client.get('/v1/me')).status).toBe(200);
  });

  it('a change of one half of the identity keeps the other half', async () => {
    const { user } = await trusted.visit();
    const externalId = trusted.newSubject();
    const issuer = trusted.issuer.url;
    expect((await relink(user.id, { externalId })).body).toMatchObject({ externalId, issuer });
    expect((await trusted.visit({ sub: externalId })).user.id).toBe(user.id);
    const moved = await relink(user.id, { issuer: 'external:archive' });
    expect(moved.body).toMatchObject({ externalId, issuer: 'external:archive' });
    expect(await trusted.verdictOnClaims({ sub: externalId })).toBe('session_ended');
  });

  it('an unknown issuer is refused', async () => {
    const { user } = await trusted.visit();
    const unknown = await relink(user.id, { externalId: 'a', issuer: 'https://elsewhere.example' });
    expect(placesOf(expectProblem(unknown, 400, 'invalid_request'))).toEqual(['/issuer']);
  });

  it('an account with an e-mail address cannot be linked', async () => {
    const ann = await trusted.server.signUp();
    const { id } = (await ann.get<User>('/v1/me')).body;
    expect(await relink(id, { externalId: 'a' })).toBeProblem(400, 'invalid_request');
  });

  it('the identity of a deleted user can be given to another user', async () => {
    const gone = await trusted.visit();
    await trusted.server.admin.delete(`/v1/users/${gone.user.id}`);
    const { user } = await trusted.visit();
    const answer = await relink(user.id, {
      externalId: gone.subject,
      issuer: trusted.issuer.url,
    });
    expect(answer.status).toBe(200);
  });
});

describe('fields that another system manages', () => {
  it('an administrator can set neither a password nor an e-mail address', async () => {
    const { user } = await trusted.visit();
    const path = `/v1/users/${user.id}`;
    const { admin } = trusted.server;
    expect(await admin.patch(path, { email: 'a@example.org' })).toBeProblem(
      409,
      'managed_by_issuer',
    );
    const password = await admin.put(`${path}/password`, { password: 'a new password for tests' });
    expect(password).toBeProblem(409, 'managed_by_issuer');
  });

  it('the person can set neither a password nor an e-mail address', async () => {
    const { client } = await trusted.visit();
    const email = await client.patch('/v1/me', { email: 'a@example.org' });
    expect(email).toBeProblem(409, 'managed_by_issuer');
    const passwords = { currentPassword: 'none', newPassword: 'a new password for tests' };
    expect(await client.put('/v1/me/password', passwords)).toBeProblem(409, 'managed_by_issuer');
  });

  it('the export of the person contains issuer and externalId', async () => {
    const { client, subject } = await trusted.visit();
    const { status, body } = await client.get('/v1/me/export');
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { issuer: trusted.issuer.url, externalId: subject } });
  });
});
