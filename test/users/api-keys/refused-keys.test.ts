import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clientOf,
  createKey,
  KEYS,
  readKey,
  refusalOf,
  rotate,
  type TestKey,
} from '../../support/api-keys.js';
import { useApp } from '../../support/app.js';
import { expectProblem } from '../../support/expect-problem.js';
import { RequestStatements } from '../../support/request-statements.js';

const server = useApp();
let key: TestKey;
let statements: RequestStatements;

beforeAll(async () => {
  key = await createKey(server);
  statements = new RequestStatements(server);
});
afterAll(() => statements.stop());

/** The key with another character in one place. */
function mistyped(place: number): string {
  const other = key.key[place] === 'a' ? 'b' : 'a';
  return `${key.key.slice(0, place)}${other}${key.key.slice(place + 1)}`;
}

/** Returns the reason of the refusal, and the number of statements that it cost. */
async function costOf(text: string): Promise<[string | undefined, number]> {
  const [reason, sent] = await statements.of(() => refusalOf(clientOf(server, text)));
  return [reason, sent.length];
}

const swap = (text: string) => `${text.slice(0, 20)}${text[21]}${text[20]}${text.slice(22)}`;

describe('a key that was mistyped', () => {
  it('a key with another character in any place is refused without a query', async () => {
    for (let place = 3; place < key.key.length; place += 1)
      expect([place, ...(await costOf(mistyped(place)))]).toEqual([place, 'malformed', 0]);
  });

  it.each<[string, (text: string) => string]>([
    ['without its last character', (text) => text.slice(0, -1)],
    ['with another character at its end', (text) => `${text}0`],
    ['with a sign that keys do not have', (text) => text.replace(/.$/, '-')],
    ['without its random part', () => 'lk_'],
    ['in lower case', (text) => text.toLowerCase()],
    ['in upper case behind the prefix', (text) => `lk_${text.slice(3).toUpperCase()}`],
    ['with two characters swapped', swap],
    ['of many characters', () => `lk_${'0'.repeat(8_000)}`],
    ['of zeros', () => `lk_${'0'.repeat(49)}`],
  ])('a key %s is refused without a query', async (_, change) => {
    const text = change(key.key);
    // Equal neighbours cannot be swapped.
    if (text === key.key) return;
    expect(await costOf(text)).toEqual(['malformed', 0]);
  });

  it('the refusal says what to do, and repeats no part of the key', async () => {
    const answer = await clientOf(server, mistyped(30)).get('/v1/rooms');
    const { detail } = expectProblem(answer, 401, 'unauthenticated');
    expect(detail).toContain(': send the whole key');
    expect(JSON.stringify(answer.body)).not.toContain(key.key.slice(9, 20));
  });
});

describe('a key of the right form', () => {
  it('an accepted key costs one statement, and so does an unknown key', async () => {
    const [status, sent] = await statements.of(async () => {
      const answer = await key.client.get('/v1/rooms');
      return answer.status;
    });
    expect([status, sent]).toEqual([200, ['api-keys.use', 'rooms.list']]);
    const deleted = await createKey(server);
    await server.admin.delete(`${KEYS}/${deleted.id}`);
    expect(await costOf(deleted.key)).toEqual(['key_unknown', 1]);
  });

  it('an expired key is refused, and works again when its end is moved', async () => {
    const { id, client } = await createKey(server);
    await server.database.query(
      `update api_keys set expires_at = clock_timestamp() - interval '1 second' where id = $1`,
      [id],
    );
    expect(await refusalOf(client)).toBe('expired');
    await server.admin.patch(`${KEYS}/${id}`, { expiresAt: null });
    expect(await refusalOf(client)).toBeUndefined();
  });

  it('a former secret is refused when its overlap has ended', async () => {
    const { id, client } = await createKey(server);
    const next = await rotate(server, id, 60);
    await server.database.query(
      `update api_key_secrets set expires_at = clock_timestamp()
        where key_id = $1 and expires_at is not null`,
      [id],
    );
    expect([await refusalOf(client), await refusalOf(next)]).toEqual(['expired', undefined]);
    expect((await readKey(server, id)).secrets).toHaveLength(1);
  });

  it('scopes that this release does not know are ignored', async () => {
    const { id, client } = await createKey(server, ['rooms:read']);
    await server.database.query(
      `update api_keys set scopes = '{rooms:read,moon:land}' where id = $1`,
      [id],
    );
    expect(await refusalOf(client)).toBeUndefined();
    expect((await readKey(server, id)).scopes).toEqual(['rooms:read', 'moon:land']);
  });
});

describe('the last use of a key', () => {
  const lastUse = async (id: string) => (await readKey(server, id)).secrets[0]?.lastUsedAt;

  it('the last use is written at most once a minute, and only for keys that are accepted', async () => {
    const { id, client } = await createKey(server);
    expect(await lastUse(id)).toBeNull();
    await client.get('/v1/rooms');
    const first = await lastUse(id);
    expect(first).toEqual(expect.any(String));
    await client.get('/v1/rooms');
    expect(await lastUse(id)).toBe(first);
    const age = (seconds: number) =>
      server.database.query(
        `update api_key_secrets set last_used_at = last_used_at - make_interval(secs => $2)
          where key_id = $1`,
        [id, seconds],
      );
    await age(61);
    await client.get('/v1/rooms');
    expect(Date.parse((await lastUse(id)) ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''));
    await age(3_600);
    const old = await lastUse(id);
    await server.database.query(
      `update api_keys set expires_at = clock_timestamp() where id = $1`,
      [id],
    );
    expect(await refusalOf(client)).toBe('expired');
    await server.admin.patch(`${KEYS}/${id}`, { expiresAt: null });
    expect(await lastUse(id)).toBe(old);
  });
});
