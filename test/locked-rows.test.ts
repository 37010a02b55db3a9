import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startApp, type TestApp } from './support/app.js';
import type { Client } from './support/client.js';

let server: TestApp;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.stop());

/** Keeps the rows of a user and of their session from being referred to, until the test ends. */
async function lockRowsOf({ signedIn }: Client): Promise<void> {
  const holder = new pg.Client({ connectionString: server.database.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query('select 1 from users where id = $1 for update', [signedIn?.user.id]);
}

describe('a user whose rows are locked', () => {
  it.each([
    ['rooms without a capacity', {}],
    ['rooms with a capacity', { capacity: 50 }],
  ])('keeps nobody else waiting in %s', async (_, settings) => {
    const rooms = await Promise.all(Array.from({ length: 8 }, () => server.createRoom(settings)));
    const [unlucky, ...others] = await Promise.all(
      Array.from({ length: 9 }, () => server.signUp()),
    );
    await lockRowsOf(unlucky as Client);
    let refused = 0;
    const joins = rooms.map(async ({ id }) => {
      const { status } = await (unlucky as Client).post(`/v1/rooms/${id}/join`, {});
      refused += 1;
      return status;
    });
    await Promise.all(
      others.map(async (other, place) => {
        for (const turn of [0, 1])
          await server.join(other, rooms[(place + turn) % rooms.length] as { id: string });
      }),
    );
    // Nobody else has waited until all joins of this user were given up.
    expect(refused).toBeLessThan(rooms.length);
    expect(new Set(await Promise.all(joins))).toEqual(new Set([503]));
  });
});
