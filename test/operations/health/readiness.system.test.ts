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
/** Afterwards the connection that readiness asks on is open. */
const isReady = async () => (await ask()).status;

describe('readiness', () => {
  it.each([1_200, 1_800])('waits for an answer that is %d ms late', async (late) => {
    expect(await isReady()).toBe(200);
    proxy.delay(() => late);
    try {
      const { status, body } = await ask();
      expect([status, body.parts.database.works]).toEqual([200, true]);
    } finally {
      proxy.heal();
    }
  });

  it('asks again where the connection is cut before the answer', async () => {
    expect(await isReady()).toBe(200);
    proxy.loseTheAnswerTo('from migrations where name');
    expect(await isReady()).toBe(200);
  });

  it('is over where no answer comes, and begins again with the next one', async () => {
    proxy.halfOpen();
    try {
      const { status, body } = await ask();
      expect([status, body.parts.database.works]).toEqual([503, false]);
      // Nobody has told whether there are migrations to run.
      expect(body.parts.migrations.works).toBeNull();
    } finally {
      proxy.heal();
    }
    await expect.poll(isReady, { timeout: 10_000 }).toBe(200);
  });

  it('is over where nobody listens, and begins again when somebody does', async () => {
    await proxy.close();
    try {
      expect(await isReady()).toBe(503);
    } finally {
      await proxy.reopen();
    }
    await expect.poll(isReady, { timeout: 10_000 }).toBe(200);
  });
});
