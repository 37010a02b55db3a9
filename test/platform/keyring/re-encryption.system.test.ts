import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encryptedColumns } from '../../../src/platform/keyring/encrypted-columns.js';
import { EncryptedRowsRepository } from '../../../src/platform/keyring/encrypted-rows.repository.js';
import { type KeyUse, KeyUses } from '../../../src/platform/keyring/key-uses.service.js';
import { roomTokenContext } from '../../../src/platform/keyring/encryption-contexts.js';
import { startApp, type TestApp } from '../../support/app.js';
import { testEnvironment } from '../../support/config.js';
import { keyringOf, seedTokens } from '../../support/seeded-tokens.js';
import type { JoinGrant, Room } from '../../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../../support/token-rows.js';

const OLD = testEnvironment.SECRET_KEYS;
const NEW = '0c9a8b7d6e5f40312233445566778899aabbccdd';
const keyring = keyringOf(NEW, OLD);
const [newId = '', oldId = ''] = keyring.keyIds;
const SLOW = { timeout: 20_000, interval: 200 };

let before: TestApp;
let after: TestApp;
let rooms: Room[];
let grants: JoinGrant[];
let seeded: string[];

beforeAll(async () => {
  before = await startApp({ SECRET_KEYS: `${OLD},${NEW}` });
  rooms = await Promise.all([before.createRoom(), before.createRoom()]);
  grants = await Promise.all(rooms.map((room) => before.join(before.admin, room)));
  await before.admin.post('/v1/rooms', { name: 'Once' }, { 'idempotency-key': 'once' });
  seeded = await seedTokens(before.database, keyringOf(OLD), 350);
  // The second replica of this database has already restarted with the new key in first place.
  after = await startApp({
    DATABASE_URL: before.database.url,
    CAS_URL: before.cas.url,
    SECRET_KEYS: `${NEW},${OLD}`,
  });
});
afterAll(async () => {
  await after.stop();
  await before.stop();
});

async function usesOfOld(): Promise<KeyUse[]> {
  const uses = await after.app.get(KeyUses).countRows();
  return uses.filter(({ keyId, count }) => keyId === oldId && count > 0);
}
async function textOf(roomId: string): Promise<string> {
  const { generation, token, keyId } = await tokenRowOf(before.database, roomId);
  const place = roomTokenContext(roomId, generation);
  return keyringOf(NEW)
    .open(place, { keyId: keyId ?? '', bytes: token ?? Buffer.alloc(0) })
    .toString();
}

describe('rows encrypted under a key that is no longer the first', () => {
  it('all rows are encrypted again under the first key, and keep their contents', async () => {
    await expect.poll(usesOfOld, SLOW).toEqual([]);
    for (const id of seeded) expect(await textOf(id)).toBe(id);
    for (const [index, room] of rooms.entries()) {
      const { token, fingerprint } = grants[index] as JoinGrant;
      for (const app of [before, after])
        expect(await app.join(before.admin, room)).toMatchObject({ token, fingerprint });
    }
    const again = { 'idempotency-key': 'once' };
    for (const app of [before, after])
      expect((await app.admin.post('/v1/rooms', { name: 'Once' }, again)).status).toBe(201);
    const made = await before.admin.get<{ items: Room[] }>('/v1/rooms?search=Once');
    expect(made.body.items).toHaveLength(1);
    expect((await after.signUp()).token).toBeDefined();
  }, 40_000);

  it('replicas that still write under the old key do not undo the re-encryption', async () => {
    const room = await before.createRoom();
    const { token } = await before.join(before.admin, room);
    expect((await tokenRowOf(before.database, room.id)).keyId).toBe(oldId);
    await expect.poll(usesOfOld, SLOW).toEqual([]);
    // This is the time of two rounds of every replica.
    for (let look = 0; look < 35; look += 1) {
      expect(await usesOfOld()).toEqual([]);
      await sleep(200);
    }
    for (const app of [before, after])
      expect((await app.join(before.admin, room)).token).toBe(token);
  }, 40_000);

  it('a row that is changed during its re-encryption keeps the change', async () => {
    const [column] = encryptedColumns.filter(({ table }) => table === 'room_tokens');
    const repository = after.app.get(EncryptedRowsRepository);
    const [roomId = ''] = seeded;
    if (!column) throw new Error('the column of tokens is not known');
    const rows = await repository.findUnder(column, newId);
    const read = rows.map((row) => ({
      row,
      sealed: keyring.seal(column.contextOf(row), row.bytes),
    }));
    const mine = await repository.findUnder(column, newId, [
      '00000000-0000-0000-0000-000000000000',
    ]);
    expect(mine).toEqual(rows);
    const target = read[0];
    const id = (target?.row['room_id'] as string | undefined) ?? roomId;
    const published = keyring.seal(roomTokenContext(id, 2), Buffer.from('published meanwhile'));
    const assignments = 'generation = 2, token = $2, token_key_id = $3';
    await changeTokenRow(before.database, id, assignments, [published.bytes, published.keyId]);
    expect(await repository.store(column, newId, target ? [target] : [])).toBe(0);
    expect(await textOf(id)).toBe('published meanwhile');
  });

  it('a row that cannot be decrypted is left as it is, logged once, and not retried all the time', async () => {
    const error = vi.spyOn(Logger.prototype, 'error');
    const query = vi.spyOn(pg.Client.prototype, 'query');
    const [, roomId = '', other = ''] = seeded;
    const good = keyringOf(OLD).seal(roomTokenContext(other, 1), Buffer.from(other));
    const values = [Buffer.from('spoilt'), oldId];
    await changeTokenRow(before.database, roomId, 'token = $2, token_key_id = $3', values);
    await changeTokenRow(before.database, other, 'token = $2, token_key_id = $3', [
      good.bytes,
      oldId,
    ]);
    const left = [{ table: 'room_tokens', keyId: oldId, count: 1 }];
    await expect.poll(usesOfOld, SLOW).toEqual(left);
    await expect
      .poll(() => error.mock.calls, SLOW)
      .toEqual([
        [
          { table: 'room_tokens', keyId: oldId, rows: 1 },
          'rows cannot be decrypted; they are left unchanged',
        ],
      ]);
    const finds = () =>
      query.mock.calls.filter(
        ([each]) =>
          (each as unknown as { name?: string }).name === 'encrypted-rows.find-room_tokens',
      ).length;
    const tried = finds();
    await sleep(8_000);
    expect(finds()).toBe(tried);
    expect((await tokenRowOf(before.database, roomId)).token?.toString()).toBe('spoilt');
    expect(error).toHaveBeenCalledTimes(1);
    expect(await textOf(other)).toBe(other);
    await changeTokenRow(before.database, roomId, 'token = null, token_key_id = null');
    vi.restoreAllMocks();
  }, 60_000);

  it('the log says that a key can be removed after a minute without writes under it', async () => {
    const log = vi.spyOn(Logger.prototype, 'log');
    const sentence = 'no data needs this key any more: remove it from SECRET_KEYS';
    const entries = () => log.mock.calls.filter((call) => (call as unknown[])[1] === sentence);
    await sleep(4_000);
    expect(entries()).toEqual([]);
    const age = () =>
      before.database.query(
        `update encryption_keys set written_at = clock_timestamp() - interval '2 minutes'
          where key_id = $1`,
        [oldId],
      );
    // The other replica continues to write, and records it.
    await expect
      .poll(async () => {
        await age();
        return entries();
      }, SLOW)
      .toEqual([[{ keyId: oldId }, sentence]]);
    log.mockRestore();
  }, 40_000);
});

describe('the list of encrypted columns', () => {
  it('every column that names a key is in the list', async () => {
    const columns = await before.database.query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns
        where table_schema = 'public' and column_name like '%\\_key\\_id' order by 1`,
    );
    const listed = encryptedColumns.map(({ table, keyId }) => `${table}.${keyId}`);
    expect(listed.sort()).toEqual(columns.map(({ name }) => name));
  });
});
