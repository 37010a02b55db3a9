import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { type Neighbour, startNeighbour } from '../support/neighbour.js';
import type { JoinGrant, Room } from '../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../support/token-rows.js';

let base: TestApp;
let cold: Room;
let live: Room;

// It starts before another server of this process has come and gone, because passport has one
// strategy for all servers.
beforeAll(async () => {
  base = await startApp();
  [cold, live] = [await base.createRoom(), await base.createRoom()];
  await base.join(base.admin, live);
});
afterAll(() => base.stop());

/** Starts a server whose CAS never answers. */
async function startHanging(): Promise<Neighbour> {
  const server = await startNeighbour(base);
  server.cas.behave({ hang: true });
  return server;
}

describe('a server that shuts down while it mints', () => {
  it('releases the lease while a request waits, which then gets the token of another replica', async () => {
    const server = await startHanging();
    const waiting = server.admin.post<JoinGrant>(`/v1/rooms/${cold.id}/join`);
    await expect.poll(() => server.cas.stats().inFlight).toBe(1);
    const stopped = server.stop();
    const grant = await base.join(base.admin, cold);
    expect((await waiting).body).toMatchObject({ generation: 1, token: grant.token });
    await stopped;
    expect(await tokenRowOf(base.database, cold.id)).toMatchObject({ leaseIn: null, failures: 0 });
  });

  it('releases the lease of a mint that no request waits for', async () => {
    await base.app.close();
    const server = await startHanging();
    await changeTokenRow(base.database, live.id, 'serve_until = clock_timestamp()');
    await expect.poll(() => server.cas.stats().inFlight, { timeout: 5_000 }).toBe(1);
    await server.stop();
    expect(await tokenRowOf(base.database, live.id)).toMatchObject({ leaseIn: null, failures: 0 });
  });
});
