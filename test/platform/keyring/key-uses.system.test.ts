import { beforeAll, describe, expect, it } from 'vitest';
import { sentDuring } from '../../support/sent-statements.js';
import { KeyUses } from '../../../src/platform/keyring/key-uses.service.js';
import { useApp } from '../../support/app.js';
import { testEnvironment } from '../../support/config.js';
import { keyringOf } from '../../support/seeded-tokens.js';

const ROOMS = 30_000;
const [keyId = ''] = keyringOf(testEnvironment.SECRET_KEYS).keyIds;
const server = useApp();

beforeAll(async () => {
  const { database } = server;
  await database.query(
    `with made as (
       insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
       select gen_random_uuid(), 'Seeded', 'users', 'open', 0, 0 from generate_series(1, ${ROOMS})
       returning id)
     insert into room_tokens (room_id, generation, token, token_key_id, fingerprint)
     select id, 1, decode(repeat('ab', 400), 'hex'), $1, 'seeded' from made`,
    [keyId],
  );
  await database.query(
    `insert into idempotency_marks (user_id, mark, claim_id, request_hash, answer, answer_key_id)
     select (select id from users limit 1), decode(md5(n::text), 'hex'), gen_random_uuid(), '',
            decode(repeat('ab', 1000), 'hex'), $1 from generate_series(1, ${ROOMS}) n`,
    [keyId],
  );
  await database.query('vacuum analyze room_tokens, idempotency_marks');
});
interface Explained {
  readonly 'QUERY PLAN': readonly [{ Plan: Record<string, number> }];
}

/** Returns how many pages the statement of that name reads. */
async function pagesOf(name: string, work: () => Promise<unknown>): Promise<number> {
  const sent = (await sentDuring(work)).find((each) => each.name === name);
  const [row] = await server.database.query<Explained>(
    `explain (analyze, buffers, format json) ${sent?.text}`,
  );
  const plan = row?.['QUERY PLAN'][0].Plan ?? {};
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

const uses = () => server.app.get(KeyUses);

describe(`keys in use with ${ROOMS} tokens and as many stored answers`, () => {
  it('the keys in use are found by reading a few pages', async () => {
    expect(await pagesOf('key-uses.find', () => uses().refuseForeignKeys())).toBeLessThan(50);
  });

  it('the rows of each key are counted', async () => {
    for (const table of ['room_tokens', 'idempotency_marks'])
      expect(await uses().countRows()).toContainEqual({ table, keyId, count: ROOMS });
  });

  it('a single row under another key is found, in either table', async () => {
    for (const [table, column] of [
      ['room_tokens', 'token_key_id'],
      ['idempotency_marks', 'answer_key_id'],
    ] as const)
      for (const foreign of ['000000000000', 'zzzzzzzzzzzz']) {
        const one = `select ctid from ${table} where ${column} is not null limit 1`;
        await server.database.query(
          `update ${table} set ${column} = $1 where ctid = any(array(${one}))`,
          [foreign],
        );
        await expect(uses().refuseForeignKeys()).rejects.toThrow(foreign);
        await server.database.query(`update ${table} set ${column} = $1 where ${column} = $2`, [
          keyId,
          foreign,
        ]);
      }
    await expect(uses().refuseForeignKeys()).resolves.toBeUndefined();
  });
});
