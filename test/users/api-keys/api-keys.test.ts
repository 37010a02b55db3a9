import { describe, expect, it } from 'vitest';
import { createKey, KEYS, readKey, refusalOf, rotate } from '../../support/api-keys.js';
import { trailOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { ApiKey, List, NewApiKey } from '../../support/shapes.js';

const server = useApp();

const LATER = '2031-05-30T18:00:00.000Z';

describe('an API key', () => {
  it('a new key is shown once, and its id is a user of the kind service', async () => {
    const wish = { name: 'Shop', scopes: ['users:read', 'rooms:read'], namespace: 'external:shop' };
    const made = await server.admin.post<NewApiKey>(KEYS, { ...wish, expiresAt: LATER });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { key, ...rest } = made.body;
    expect(made.headers.get('location')).toBe(`${KEYS}/${rest.id}`);
    expect(key).toMatch(/^lk_[0-9A-Za-z]{49}$/);
    const secret = { prefix: key.slice(0, 9), expiresAt: null, lastUsedAt: null };
    expect(rest).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{14}4/),
      name: 'Shop',
      scopes: ['rooms:read', 'users:read'],
      namespace: 'external:shop',
      expiresAt: LATER,
      secrets: [{ ...secret, createdAt: expect.any(String) }],
      createdAt: expect.any(String),
    });
    expect(await readKey(server, rest.id)).toEqual(rest);
    const listed = await server.admin.get<List<ApiKey>>(`${KEYS}?limit=1`);
    expect(listed.body.items).toEqual([rest]);
    const service = await server.admin.get(`/v1/users/${rest.id}`);
    expect(service.body).toMatchObject({ kind: 'service', role: 'service', displayName: 'Shop' });
    const { scopes, namespace } = rest;
    expect(await trailOf(server, rest.id)).toEqual([
      ['api_key.created', { scopes, namespace, expiresAt: LATER }],
    ]);
  });

  it('a key without a namespace has the namespace external:default, and does not expire', async () => {
    const { namespace, expiresAt } = await createKey(server);
    expect({ namespace, expiresAt }).toEqual({ namespace: 'external:default', expiresAt: null });
  });

  it.each([
    ['no scope', { scopes: [] }, '/scopes'],
    ['a scope twice', { scopes: ['rooms:read', 'rooms:read'] }, '/scopes'],
    ['an unknown scope', { scopes: ['rooms:read', 'rooms:burn'] }, '/scopes/1'],
    ['an issuer as its namespace', { namespace: 'https://id.example.org' }, '/namespace'],
    ['a namespace with capitals', { namespace: 'external:Shop' }, '/namespace'],
    ['an end in the past', { expiresAt: '2020-05-30T18:00:00Z' }, '/expiresAt'],
    ['no name', { name: ' ' }, '/name'],
    ['a key of its own', { key: 'lk_x' }, '/key'],
  ])('a key with %s is refused', async (_, fault, place) => {
    const wish = { name: 'Shop', scopes: ['rooms:read'], ...fault };
    const refused = await server.admin.post(KEYS, wish);
    expect(placesOf(expectProblem(refused, 400, 'invalid_request'))).toEqual([place]);
  });

  it('a repeated request with the same Idempotency-Key returns the same key', async () => {
    const header = { 'idempotency-key': 'a new key' };
    const wish = { name: 'Repeated', scopes: ['rooms:read'] };
    const [first, second] = [
      await server.admin.post<NewApiKey>(KEYS, wish, header),
      await server.admin.post<NewApiKey>(KEYS, wish, header),
    ];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('the list is paged, the newest first, and never shows a key', async () => {
    const keys = [await createKey(server), await createKey(server), await createKey(server)];
    const first = await server.admin.get<List<ApiKey>>(`${KEYS}?limit=2`);
    const cursor = first.body.nextCursor ?? '';
    const second = await server.admin.get<List<ApiKey>>(`${KEYS}?limit=1&cursor=${cursor}`);
    const items = [...first.body.items, ...second.body.items];
    expect(items.map(({ id }) => id)).toEqual(keys.map(({ id }) => id).toReversed());
    for (const { key } of keys) expect(JSON.stringify(items)).not.toContain(key.slice(9));
  });
});

describe('a change of an API key', () => {
  it('only real differences are written and audited, and the next request has the new scopes', async () => {
    const { id, client } = await createKey(server, ['rooms:read', 'users:read']);
    const change = (body: Record<string, unknown>) =>
      server.admin.patch<ApiKey>(`${KEYS}/${id}`, body);
    const same = { name: 'Shop', scopes: ['users:read', 'rooms:read'], expiresAt: null };
    expect((await change(same)).status).toBe(200);
    expect((await change({})).status).toBe(200);
    const { body } = await change({ ...same, name: 'Till', scopes: ['users:read'] });
    expect(body).toMatchObject({ name: 'Till', scopes: ['users:read'] });
    expectProblem(await client.get('/v1/rooms'), 403, 'insufficient_scope');
    expect((await client.get('/v1/users')).status).toBe(200);
    const { displayName } = (await server.admin.get<{ displayName: string }>(`/v1/users/${id}`))
      .body;
    expect(displayName).toBe('Till');
    expect((await change({ expiresAt: LATER })).body.expiresAt).toBe(LATER);
    expect((await change({ expiresAt: null })).body.expiresAt).toBeNull();
    expect((await trailOf(server, id)).slice(1)).toEqual([
      ['api_key.changed', { changed: ['name', 'scopes'], scopes: ['users:read'] }],
      ['api_key.changed', { changed: ['expiresAt'], expiresAt: LATER }],
      ['api_key.changed', { changed: ['expiresAt'], expiresAt: null }],
    ]);
  });

  it('an end in the past is refused', async () => {
    const { id } = await createKey(server);
    const past = { expiresAt: '2020-05-30T18:00:00Z' };
    const refused = await server.admin.patch(`${KEYS}/${id}`, past);
    expect(placesOf(expectProblem(refused, 400, 'invalid_request'))).toEqual(['/expiresAt']);
  });

  it('an unknown key is not found', async () => {
    const path = `${KEYS}/${crypto.randomUUID()}`;
    for (const answer of [
      await server.admin.get(path),
      await server.admin.patch(path, {}),
      await server.admin.delete(path),
      await server.admin.post(`${path}/rotate`),
    ])
      expect(answer).toBeProblem(404, 'not_found');
  });
});

describe('a rotation', () => {
  it('the former secret works until the overlap ends, and another rotation ends the older secret', async () => {
    const { id, client: first } = await createKey(server);
    const second = await rotate(server, id);
    expect([await refusalOf(first), await refusalOf(second)]).toEqual([undefined, undefined]);
    const { secrets } = await readKey(server, id);
    expect(secrets.map(({ expiresAt }) => expiresAt === null)).toEqual([false, true]);
    const [former] = secrets;
    const life = Date.parse(former?.expiresAt ?? '') - Date.parse(former?.createdAt ?? '');
    expect(life).toBeGreaterThanOrEqual(86_400_000);
    const third = await rotate(server, id, 60);
    expect([await refusalOf(first), await refusalOf(second), await refusalOf(third)]).toEqual([
      'expired',
      undefined,
      undefined,
    ]);
    expect((await readKey(server, id)).secrets).toHaveLength(2);
    const fourth = await rotate(server, id, 0);
    expect([await refusalOf(second), await refusalOf(third), await refusalOf(fourth)]).toEqual([
      'expired',
      'expired',
      undefined,
    ]);
    expect((await trailOf(server, id)).map(([action]) => action)).toEqual([
      'api_key.created',
      ...Array<string>(3).fill('api_key.rotated'),
    ]);
  });

  it('a rotation never extends the life of a secret', async () => {
    const { id, client: first } = await createKey(server);
    await rotate(server, id, 60);
    await server.database.query(
      `update api_key_secrets set expires_at = clock_timestamp() - interval '1 second'
        where key_id = $1 and expires_at is not null`,
      [id],
    );
    await rotate(server, id, 2_592_000);
    expect(await refusalOf(first)).toBe('expired');
  });

  it('a repeated rotation with the same Idempotency-Key returns the same secret', async () => {
    const { id } = await createKey(server);
    const header = { 'idempotency-key': 'a rotation' };
    const again = () => server.admin.post<{ key: string }>(`${KEYS}/${id}/rotate`, {}, header);
    const [first, second] = [await again(), await again()];
    expect(second.body).toEqual(first.body);
    expect((await readKey(server, id)).secrets).toHaveLength(2);
  });

  it.each([-1, 0.5, 2_592_001, '60'])('an overlap of %s seconds is refused', async (overlap) => {
    const { id } = await createKey(server);
    const body = { overlapSeconds: overlap };
    const refused = await server.admin.post(`${KEYS}/${id}/rotate`, body);
    expect(refused).toBeProblem(400, 'invalid_request');
  });

  it('however often a key is rotated, few of its ended secrets are kept', async () => {
    const { id } = await createKey(server);
    for (let count = 0; count < 15; count += 1) await rotate(server, id);
    const rows = await server.database.query('select from api_key_secrets where key_id = $1', [id]);
    expect(rows).toHaveLength(10);
  });
});

describe('a deleted key', () => {
  it('all its secrets end at once, its user is gone, and the audit trail still names it', async () => {
    const { id, client } = await createKey(server, ['rooms:read', 'rooms:write']);
    const second = await rotate(server, id);
    const room = await client.post<{ id: string }>('/v1/rooms', { name: 'By a key' });
    expect((await server.admin.delete(`${KEYS}/${id}`)).status).toBe(204);
    expect([await refusalOf(client), await refusalOf(second)]).toEqual([
      'key_unknown',
      'key_unknown',
    ]);
    expectProblem(await server.admin.get(`/v1/users/${id}`), 404, 'not_found');
    const rows = await server.database.query('select from users where id = $1', [id]);
    expect(rows).toEqual([]);
    expect((await server.admin.get(`/v1/rooms/${room.body.id}`)).status).toBe(200);
    const trail = await server.admin.get<List<{ action: string }>>(`/v1/audit?actorId=${id}`);
    expect(trail.body.items.map(({ action }) => action)).toEqual(['room.created']);
    expect((await trailOf(server, id)).at(-1)).toEqual(['api_key.revoked', {}]);
  });
});
