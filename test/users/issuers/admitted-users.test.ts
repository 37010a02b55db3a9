import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import { TestIssuer, trusting } from '../../support/issuer.js';
import type { List, ProblemBody, SignedIn, User } from '../../support/shapes.js';

let closed: TestIssuer;
let approval: TestIssuer;
let server: TestApp;

beforeAll(async () => {
  [closed, approval] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
  server = await startApp({
    ...trusting(
      closed.entry({ name: 'closed', users: 'closed' }),
      approval.entry({ name: 'approval', users: 'approval' }),
    ),
    REGISTRATION: 'closed',
  });
});
afterAll(async () => {
  await server.stop();
  await Promise.all([closed.close(), approval.close()]);
});

const get = async (accessToken: string) =>
  server.anyone.as({ accessToken } as SignedIn).get<ProblemBody>('/v1/me');

async function find(externalId: string): Promise<User[]> {
  return (await server.admin.get<List<User>>(`/v1/users?externalId=${externalId}`)).body.items;
}

async function explain(token: string) {
  const { body } = await server.admin.post<{
    accepted: boolean;
    checks: { check: string; verdict: string }[];
  }>('/v1/issuers/explain', { token });
  return {
    accepted: body.accepted,
    failed: body.checks.find(({ verdict }) => verdict === 'failed')?.check,
  };
}

describe('an issuer whose users are closed', () => {
  it('strangers are refused, and no user is created', async () => {
    const text = await closed.sign({ sub: 'stranger' });
    expect(await get(text)).toBeProblem(403, 'registration_closed');
    expect(await find('stranger')).toEqual([]);
    expect(await explain(text)).toMatchObject({ accepted: false, failed: 'account' });
  });

  it('a user whom an administrator added is accepted', async () => {
    const body = { externalId: 'invited', issuer: closed.url, displayName: 'Invited' };
    expect((await server.admin.post('/v1/users', body)).status).toBe(201);
    expect((await get(await closed.sign({ sub: 'invited' }))).status).toBe(200);
  });

  it('a deleted user is a stranger', async () => {
    const body = { externalId: 'former', issuer: closed.url, displayName: 'Former' };
    const { body: user } = await server.admin.post<User>('/v1/users', body);
    expect((await server.admin.delete(`/v1/users/${user.id}`)).status).toBe(204);
    const text = await closed.sign({ sub: 'former' });
    await expect.poll(async () => (await get(text)).body.code).toBe('registration_closed');
  });
});

describe('an issuer whose users are approved', () => {
  it('a stranger waits for the approval, and then is accepted with the same token', async () => {
    const text = await approval.sign({ sub: 'waiting', name: 'Waiting Will' });
    expect(await get(text)).toBeProblem(403, 'account_pending');
    expect(await get(text)).toBeProblem(403, 'account_pending');
    const [user, ...others] = await find('waiting');
    expect(others).toEqual([]);
    expect(user).toMatchObject({ status: 'pending', displayName: 'Waiting Will' });
    expect(await explain(text)).toMatchObject({ accepted: false, failed: 'account' });
    await server.admin.patch(`/v1/users/${user?.id}`, { status: 'active' });
    expect((await get(text)).status).toBe(200);
  });

  it('a stranger who was never seen is explained as a request would be answered', async () => {
    const text = await approval.sign({ sub: 'never-seen' });
    expect(await explain(text)).toMatchObject({ accepted: false, failed: 'account' });
    expect(await find('never-seen')).toEqual([]);
  });

  it('a user whom an administrator added needs no approval', async () => {
    const body = { externalId: 'added', issuer: approval.url, displayName: 'Added' };
    await server.admin.post('/v1/users', body);
    expect((await get(await approval.sign({ sub: 'added' }))).status).toBe(200);
  });

  it('the same subject at two issuers is two people', async () => {
    const body = { externalId: 'twin', issuer: closed.url, displayName: 'Twin' };
    await server.admin.post('/v1/users', body);
    expect((await get(await closed.sign({ sub: 'twin' }))).status).toBe(200);
    expect(await get(await approval.sign({ sub: 'twin' }))).toBeProblem(403, 'account_pending');
    expect(await find('twin')).toHaveLength(2);
  });

  it('the key of one issuer signs no token of the other', async () => {
    const text = await closed.sign({ iss: approval.url, sub: 'added' }, { kid: 'first' });
    expect((await get(text)).body).toMatchObject({ reason: 'signature' });
  });
});
