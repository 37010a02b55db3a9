import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../../support/client.js';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig, testEnvironment } from '../../../support/config.js';
import { gatherCrowd } from '../../../support/crowd.js';
import type { ProblemBody, SignedIn } from '../../../support/shapes.js';
import { checkHistory } from '../check-history.js';
import { noteFigure } from '../form.js';
import { Joiners } from '../joiners.js';
import { Recorder } from '../recorder.js';
import { makeColdRooms } from '../rooms.js';

/** The first replica's clock is right; the clocks of the others are ten minutes behind and ahead. */
const MINUTES_OFF = [0, 10, -10];
const ACCESS_TOKEN_TTL = 6;
const PRELOAD = './dist-faults/test/system/faults/server/shifted-clock.js';
const recorder = new Recorder();
let cluster: Cluster;

beforeAll(async () => {
  const environment = { TOKEN_MARGIN: '1', ACCESS_TOKEN_TTL: String(ACCESS_TOKEN_TTL) };
  cluster = await startCluster(3, environment, {
    observe: recorder.noteCall,
    launch: (replica, usual) => {
      const SHIFTED_CLOCK_MS = String((MINUTES_OFF[replica] ?? 0) * 60_000);
      const program = ['--import', PRELOAD, 'dist/main.js'];
      return [{ ...usual, SHIFTED_CLOCK_MS, LOG_LEVEL: 'info' }, { program }];
    },
  });
});
afterAll(() => cluster.stop());

const clients = () => cluster.replicas.map(({ url }) => new Client(url));

const clientAfter = (replica: number) => clients()[(replica + 1) % 3] ?? expect.unreachable();

function signInAtEach(): Promise<SignedIn[]> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = testEnvironment;
  return Promise.all(
    clients().map(
      async (client) => (await client.post<SignedIn>('/v1/auth/login', { email, password })).body,
    ),
  );
}

/** Returns the status of each access token at each replica. */
const statusesOf = (signedIn: readonly SignedIn[]) =>
  Promise.all(
    signedIn.flatMap((each) =>
      clients().map(async (client) => (await client.as(each).get('/v1/me')).status),
    ),
  );

describe('replicas whose clocks are ten minutes off', () => {
  it('the clocks of the replicas are really off', () => {
    const times = cluster.replicas.map((replica) => {
      const [line = ''] = replica.output().split('\n');
      return Date.parse(String((JSON.parse(line) as { time: string | number }).time));
    });
    const [right = 0, ahead = 0, behind = 0] = times;
    expect(Math.round((ahead - right) / 60_000)).toBe(10);
    expect(Math.round((behind - right) / 60_000)).toBe(-10);
  });

  it('access tokens begin and expire at the same time at every replica', async () => {
    const signedIn = await signInAtEach();
    expect(await statusesOf(signedIn)).toEqual(Array.from({ length: 9 }, () => 200));
    await sleep((ACCESS_TOKEN_TTL + 1) * 1_000);
    expect(await statusesOf(signedIn)).toEqual(Array.from({ length: 9 }, () => 401));
    // Each token is refreshed at the replica after its own.
    const renewed = await Promise.all(
      signedIn.map(({ refreshToken }, index) =>
        clientAfter(index).post<SignedIn>('/v1/auth/refresh', { refreshToken }),
      ),
    );
    expect(renewed.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await statusesOf(renewed.map(({ body }) => body))).toEqual(
      Array.from({ length: 9 }, () => 200),
    );
  });

  it('rooms move to new tokens at the same time at every replica', async () => {
    const life = { ACCESS_TOKEN_TTL: '300' };
    const crowd = await gatherCrowd(testConfig({ ...cluster.environment, ...life }), 30);
    const rooms = await makeColdRooms(cluster.database, 5);
    cluster.cas.reset();
    cluster.cas.behave({ shortLife: 4 });
    const urls = cluster.replicas.map(({ url }) => url);
    const joiners = new Joiners(recorder, urls, rooms, crowd, 30);
    await sleep(10_000);
    await joiners.stop();
    const history = await recorder.take(cluster.database);
    expect(checkHistory(history)).toEqual([]);
    expect(history.joins.flatMap(({ problem }) => problem ?? [])).toEqual([]);
    const { length: generations } = history.publishes;
    expect(generations).toBeGreaterThanOrEqual(3 * rooms.length);
    // The tickers may have begun another mint in each room.
    expect(cluster.cas.stats().received - generations).toBeLessThanOrEqual(rooms.length);
    noteFigure(`clocks off: ${history.joins.length} joins, ${generations} generations, no breach`);
  });

  it('replicas wait as long as CAS asks, by the Date header of its answer', async () => {
    const waits = [];
    for (const { url } of cluster.replicas) {
      const [room = ''] = await makeColdRooms(cluster.database, 1);
      const retryAfter = new Date(Date.now() + 20_000).toUTCString();
      cluster.cas.reset();
      cluster.cas.behave({ status: 429, retryAfter });
      const [face] = await gatherCrowd(testConfig(cluster.environment), 1);
      const client = new Client(url, { accessToken: face?.accessToken } as SignedIn);
      const { status, body } = await client.post<ProblemBody>(`/v1/rooms/${room}/join`);
      expect([status, body.code]).toEqual([503, 'cas_unavailable']);
      waits.push(body.retryAfter);
    }
    for (const wait of waits) {
      expect(wait).toBeGreaterThan(15);
      expect(wait).toBeLessThanOrEqual(20);
    }
  });
});
