import { describe, expect, it } from 'vitest';
import { BearerForms } from '../../../src/platform/access/bearer-form.ports.js';
import { clientOf, createKey, KEYS, refusalOf, rotate } from '../../support/api-keys.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { lockRows } from '../../support/locked-rows.js';
import type { NewApiKey } from '../../support/shapes.js';

const server = useApp();

describe('a rotation under load', () => {
  it('requests with the former and the new secret are never refused while keys are rotated', async () => {
    const { id, client } = await createKey(server);
    let newest = client;
    let isRotating = true;
    const answers: number[] = [];
    const load = async () => {
      while (isRotating) answers.push((await newest.get('/v1/rooms?limit=1')).status);
    };
    const loads = [load(), load(), load(), load()];
    for (let turn = 0; turn < 12; turn += 1) {
      // Requests that were sent with the former secret arrive during and after the rotation.
      const former = newest;
      newest = await rotate(server, id);
      const both = [former, newest].flatMap((each) => [refusalOf(each), refusalOf(each)]);
      expect(await Promise.all(both)).toEqual(Array(4).fill(undefined));
    }
    isRotating = false;
    await Promise.all(loads);
    expect(answers.length).toBeGreaterThan(12);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  });

  it('of rotations at the same time, the newest secret and at most one other work', async () => {
    const { id, client } = await createKey(server);
    const made = await Promise.all(Array.from({ length: 8 }, () => rotate(server, id)));
    const reasons = await Promise.all([client, ...made].map(refusalOf));
    expect(reasons.filter((reason) => reason === undefined)).toHaveLength(2);
    expect(reasons.filter((reason) => reason === 'expired')).toHaveLength(7);
  });

  it('a locked secret delays no request', async () => {
    const { id, client } = await createKey(server);
    await lockRows(server.database, 'select from api_key_secrets where key_id = $1', [id]);
    expect(await refusalOf(client)).toBeUndefined();
  });
});

/** Adds rows until there are so many keys. */
async function fillUpTo(count: number): Promise<void> {
  await server.database.query(
    `with services as (
       insert into users (id, kind, role, status, display_name)
       select gen_random_uuid(), 'service', 'service', 'active', 'Filler'
         from generate_series((select count(*) from api_keys) + 1, $1) returning id
     )
     insert into api_keys (id, name, scopes, namespace)
     select id, 'Filler', '{rooms:read}', 'external:default' from services`,
    [count],
  );
}

describe('the number of keys', () => {
  it('there are at most 100 keys, however many are created at the same time', async () => {
    const wish = { name: 'Crowd', scopes: ['rooms:read'] };
    const create = () => server.admin.post<NewApiKey>(KEYS, wish);
    await fillUpTo(97);
    const answers = await Promise.all(Array.from({ length: 8 }, create));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(3);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, 409, 'limit_reached');
    await server.admin.delete(`${KEYS}/${made[0]?.body.id}`);
    expect((await create()).status).toBe(201);
    expect(await create()).toBeProblem(409, 'limit_reached');
    await server.database.query(`delete from users where kind = 'service'`);
  });
});

describe('a stored answer of a key', () => {
  const again = (client: Client) =>
    client.post<{ id: string }>(
      '/v1/rooms',
      { name: 'Stored' },
      { 'idempotency-key': 'a stored room' },
    );

  it('the answer is repeated to both secrets, but neither after the loss of the scope nor of the key', async () => {
    const { id, client } = await createKey(server, ['rooms:write']);
    const first = await again(client);
    expect(first.status).toBe(201);
    const second = await rotate(server, id);
    expect((await again(second)).body).toEqual(first.body);
    await server.admin.patch(`${KEYS}/${id}`, { scopes: ['rooms:read'] });
    expect(await again(second)).toBeProblem(403, 'insufficient_scope');
    await server.admin.patch(`${KEYS}/${id}`, { scopes: ['rooms:write'] });
    expect((await again(second)).body).toEqual(first.body);
    await server.admin.delete(`${KEYS}/${id}`);
    expect(await again(second)).toBeProblem(401, 'unauthenticated');
  });
});

describe('the user of a known key', () => {
  it('the user is known without a query after the key was accepted, for the fairness of requests', async () => {
    const forms = server.app.get(BearerForms, { strict: false });
    const { id, key } = await createKey(server);
    expect(forms.knownUserOf(key)).toBeUndefined();
    expect(await refusalOf(clientOf(server, key))).toBeUndefined();
    expect(forms.knownUserOf(key)).toBe(id);
    expect(forms.knownUserOf(`${key}0`)).toBeUndefined();
  });
});
