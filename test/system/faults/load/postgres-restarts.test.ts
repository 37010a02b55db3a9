import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig } from '../../../support/config.js';
import { gatherCrowd } from '../../../support/crowd.js';
import { checkHistory } from '../check-history.js';
import { allowed, isLong, noteFigure } from '../form.js';
import type { History } from '../history.js';
import { Joiners } from '../joiners.js';
import { type OwnPostgres, startOwnPostgres } from '../../../support/own-postgres.js';
import { Recorder } from '../recorder.js';
import { makeColdRooms } from '../rooms.js';

const STOPS = isLong ? 20 : 6;
const recorder = new Recorder();
let postgres: OwnPostgres;
let cluster: Cluster;
let history: History;
/** Milliseconds after Postgres accepted connections again. */
const firstSuccesses: number[] = [];

beforeAll(async () => {
  postgres = await startOwnPostgres();
  cluster = await startCluster(
    3,
    { TOKEN_MARGIN: '1' },
    { database: postgres.database, observe: recorder.noteCall },
  );
  // Rooms move to new tokens all the time, so that the stops hit mints too.
  cluster.cas.behave({ shortLife: 4 });
  const crowd = await gatherCrowd(testConfig(cluster.environment), 60);
  const rooms = await makeColdRooms(postgres.database, 30);
  let readyAt = Infinity;
  const urls = cluster.replicas.map(({ url }) => url);
  const joiners = new Joiners(recorder, urls, rooms, crowd, 30, (join) => {
    if (!join.grant || join.startedAt < readyAt) return;
    firstSuccesses.push(join.endedAt - readyAt);
    readyAt = Infinity;
  });
  for (let stop = 1; stop <= STOPS; stop += 1) {
    await sleep(1_500);
    await postgres.server.restart('immediate');
    readyAt = performance.now();
    await vi.waitFor(() => expect(firstSuccesses).toHaveLength(stop), {
      timeout: 20_000,
      interval: 20,
    });
  }
  await sleep(1_500);
  await joiners.stop();
  history = await recorder.take(postgres.database);
});
afterAll(() => cluster.stop());

describe(`a Postgres that is stopped ${STOPS} times under load`, () => {
  it('no generation is lost, and none is published twice', () => {
    expect(checkHistory(history)).toEqual([]);
    const granted = history.joins.filter(({ grant }) => grant).length;
    expect(granted).toBeGreaterThan(500);
    const generations = history.publishes.length;
    expect(generations).toBeGreaterThan(60);
    const refused = history.joins.length - granted;
    noteFigure(
      `${STOPS} stops: ${granted} joins answered, ${refused} refused, ${generations} generations`,
    );
  });

  it('the replicas use Postgres within 3 s of its return', () => {
    noteFigure(`first successes after ${firstSuccesses.map(Math.round).join(', ')} ms`);
    expect(Math.max(...firstSuccesses)).toBeLessThan(allowed(3_000));
  });

  it('joins meanwhile are refused with a 503, and never with an internal error', () => {
    const problems = new Set(history.joins.flatMap(({ problem }) => problem ?? []));
    for (const problem of problems)
      expect(['database_unavailable', 'overloaded', 'cas_unavailable']).toContain(problem);
    expect(problems).toContain('database_unavailable');
  });

  it('no replica ends', () => {
    for (const { process } of cluster.replicas)
      expect([process.exitCode, process.signalCode]).toEqual([null, null]);
  });
});
