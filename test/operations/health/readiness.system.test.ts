import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Readiness } from '../../../src/operations/health/health.schema.js';
import { type LoggedServer, startLoggedServer } from '../../support/logged-server.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

let database: OwnedDatabase;
let proxy: TcpProxy;
let server: LoggedServer;

beforeAll(async () => {
  database = await createOwnedDatabase();
  proxy = await TcpProxy.to(Number(new URL(database.url).port));
  server = await startLoggedServer({ DATABASE_URL: proxy.through(database.url) });
});
afterAll(async () => {
  await server.stop();
  await proxy.close();
  await database.drop();
});

const ask = () => server.anyone.get<Readiness>('/health/ready');
/** Asks for readiness; afterwards the connection of the readiness check is open. */
const isReady = async () => (await ask()).status;

describe('the readiness check', () => {
  it.each([1_200, 1_800])(
    'the readiness check waits for an answer of the database that is %d ms late',
    async (late) => {
      expect(await isReady()).toBe(200);
      proxy.delay(() => late);
      try {
        const { status, body } = await ask();
        expect([status, body.parts.database.works]).toEqual([200, true]);
      } finally {
        proxy.heal();
      }
    },
  );

  it('the readiness check asks again if its connection is cut before the answer', async () => {
    expect(await isReady()).toBe(200);
    proxy.loseTheAnswerTo('from migrations where name');
    expect(await isReady()).toBe(200);
  });

  it('the server is not ready while the database does not answer, and ready at the next answer', async () => {
    proxy.halfOpen();
    try {
      const { status, body } = await ask();
      expect([status, body.parts.database.works]).toEqual([503, false]);
      // Without an answer, it is unknown whether migrations are pending.
      expect(body.parts.migrations.works).toBeNull();
    } finally {
      proxy.heal();
    }
    await expect.poll(isReady, { timeout: 10_000 }).toBe(200);
  });

  it('the server is not ready while nothing listens, and ready when something listens again', async () => {
    await proxy.close();
    try {
      expect(await isReady()).toBe(503);
    } finally {
      await proxy.reopen();
    }
    await expect.poll(isReady, { timeout: 10_000 }).toBe(200);
  });
});
