import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig } from '../../../support/config.js';
import { type Face, gatherCrowd } from '../../../support/crowd.js';
import { checkHistory } from '../check-history.js';
import { noteFigure } from '../form.js';
import { Joiners } from '../joiners.js';
import { type PgBouncer, startPgBouncer } from '../pgbouncer.js';
import { Recorder } from '../recorder.js';
import { makeColdRooms } from '../rooms.js';

const CROWD = 1_000;
const recorder = new Recorder();
let cluster: Cluster;
let bouncer: PgBouncer;
let crowd: Face[];

beforeAll(async () => {
  cluster = await startCluster(
    3,
    { TOKEN_MARGIN: '1', DATABASE_POOLED: 'on' },
    {
      observe: recorder.noteCall,
      through: async (environment) => {
        const { DATABASE_URL: DATABASE_DIRECT_URL = '' } = environment;
        bouncer = await startPgBouncer(process.env['FAULTS_PGBOUNCER'] ?? '', DATABASE_DIRECT_URL);
        return { ...environment, DATABASE_DIRECT_URL, DATABASE_URL: bouncer.url };
      },
    },
  );
  crowd = await gatherCrowd(testConfig(cluster.environment), CROWD);
});
afterAll(async () => {
  await Promise.all(cluster.replicas.map((replica) => replica.stop()));
  await bouncer.stop();
  await cluster.stop();
});

const urls = () => cluster.replicas.map(({ url }) => url);

describe('replicas behind PgBouncer in transaction mode', () => {
  it('a crowd in front of a cold room gets one token from one call, five times', async () => {
    for (let round = 1; round <= 5; round += 1) {
      cluster.cas.reset();
      const [room = ''] = await makeColdRooms(cluster.database, 1);
      const joins = await Promise.all(
        crowd.map((face, index) => recorder.join(index % 3, urls()[index % 3] ?? '', face, room)),
      );
      expect(joins.flatMap(({ problem }) => problem ?? [])).toEqual([]);
      expect(new Set(joins.map(({ grant }) => grant?.token)).size).toBe(1);
      expect(cluster.cas.stats().received).toBe(1);
      expect(checkHistory(await recorder.take(cluster.database))).toEqual([]);
    }
    noteFigure(`PgBouncer: 5 herds of ${CROWD}, 1 call and 1 token each`);
  });

  it('rooms move to new tokens without a breach of the promise', async () => {
    cluster.cas.reset();
    cluster.cas.behave({ shortLife: 4 });
    const rooms = await makeColdRooms(cluster.database, 5);
    const joiners = new Joiners(recorder, urls(), rooms, crowd.slice(0, 30), 30);
    await sleep(8_000);
    await joiners.stop();
    const history = await recorder.take(cluster.database);
    expect(checkHistory(history)).toEqual([]);
    expect(history.joins.flatMap(({ problem }) => problem ?? [])).toEqual([]);
    expect(history.publishes.length).toBeGreaterThanOrEqual(2 * rooms.length);
  });
});
