import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Database, reservedStatement, statement } from '../../../src/platform/database/database.js';
import { useApp } from '../../support/app.js';

let database: Database;

// The server has four connections, and one of them is reserved.
const server = useApp({ DATABASE_POOL_SIZE: '4' });

beforeAll(async () => {
  database = server.app.get(Database, { strict: false });
});
const NOW = 'select 1 as one';
const ORDINARY = statement('test.ordinary', NOW);
const RESERVED = reservedStatement('test.reserved', NOW);

/**
 * Takes every connection that ordinary work can have, and adds work that waits.
 * @returns a function that releases the connections
 */
async function takeAllOrdinary(): Promise<() => Promise<void>> {
  let count = 0;
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const hold = () => {
    count += 1;
    return released;
  };
  const transactions = Array.from({ length: 6 }, () => database.transaction(hold));
  onTestFinished(() => release());
  await expect.poll(() => count, { timeout: 5_000 }).toBe(3);
  return async () => {
    release();
    await Promise.all(transactions);
  };
}

describe('reserved connections while ordinary work holds all others', () => {
  it('further ordinary work waits until a connection is released', async () => {
    const release = await takeAllOrdinary();
    let isDone = false;
    const query = database.query(ORDINARY, []).then(() => (isDone = true));
    await database.query(RESERVED, []);
    expect(isDone).toBe(false);
    // Recurring tasks of the server may be waiting too.
    expect(database.load.waiting).toBeGreaterThanOrEqual(4);
    await release();
    await query;
  });

  it('statements and transactions of the reserved share run', async () => {
    const release = await takeAllOrdinary();
    expect(await database.query(RESERVED, [])).toEqual([{ one: 1 }]);
    expect(await database.reservedTransaction((each) => each.query(NOW))).toEqual([{ one: 1 }]);
    await release();
  });

  it('a join, a heartbeat and a refresh are answered', async () => {
    const [open, full] = [await server.createRoom(), await server.createRoom({ capacity: 5 })];
    const ann = await server.signUp();
    const release = await takeAllOrdinary();
    for (const { id } of [open, full]) {
      expect((await ann.post(`/v1/rooms/${id}/join`, {})).status).toBe(200);
      expect((await ann.post(`/v1/rooms/${id}/heartbeat`)).status).toBe(200);
    }
    const { refreshToken } = ann.signedIn ?? {};
    expect((await server.anyone.post('/v1/auth/refresh', { refreshToken })).status).toBe(200);
    expect((await ann.get(`/v1/rooms/${open.id}/events`)).status).toBe(200);
    expect((await ann.post(`/v1/rooms/${open.id}/leave`)).status).toBe(204);
    await release();
  });
});

describe('connections of ordinary work', () => {
  it('ordinary work releases its connection after an error', async () => {
    const wrong = statement('test.divides-by-zero', 'select 1 / 0');
    for (let turn = 0; turn < 8; turn += 1) {
      await expect(database.query(wrong, [])).rejects.toThrow('division by zero');
      await expect(database.transaction((each) => each.query(wrong.text))).rejects.toThrow(
        'division by zero',
      );
    }
    const release = await takeAllOrdinary();
    await release();
  });

  it('ordinary work releases its share when the database ends its connections', async () => {
    const end = statement('test.ends', 'select pg_terminate_backend(pg_backend_pid())');
    for (let turn = 0; turn < 8; turn += 1)
      await expect(database.query(end, [])).rejects.toThrow('terminating connection');
    const release = await takeAllOrdinary();
    await release();
  });
});
