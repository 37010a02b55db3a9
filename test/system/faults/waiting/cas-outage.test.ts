import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig } from '../../../support/config.js';
import { type Face, gatherCrowd } from '../../../support/crowd.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { checkHistory } from '../check-history.js';
import { allowed, isLong, noteFigure } from '../form.js';
import type { History, Join } from '../history.js';
import { Joiners } from '../joiners.js';
import { Recorder } from '../recorder.js';
import { makeColdRooms } from '../rooms.js';

const OUTAGE_S = isLong ? 600 : 60;
const RECOVERED = 1_000;
const recorder = new Recorder();
let cluster: Cluster;
let proxy: TcpProxy;
let crowd: Face[];
let live: string[];
let cold: string[];
let late: string[];
let history: History;
let failures: number[];
let endedAt: number;
let servedAt: number[];

const urls = () => cluster.replicas.map(({ url }) => url);
const inRooms = (rooms: readonly string[]): Join[] => {
  const known = new Set(rooms);
  return history.joins.filter(({ room }) => known.has(room));
};

/** Makes CAS refuse connections, then accept them without an answer, then answer 500. */
async function breakDown(): Promise<void> {
  const third = (OUTAGE_S * 1_000) / 3;
  await proxy.close();
  await sleep(third);
  await proxy.reopen();
  cluster.cas.behave({ hang: true });
  await sleep(third);
  cluster.cas.behave({ status: 500 });
  proxy.cut();
  await sleep(third - 8_000);
}

/** A user who tries again until their join succeeds. */
async function insist(face: Face, room: string, index: number): Promise<number> {
  for (let turn = index; ; turn += 1) {
    const replica = turn % cluster.replicas.length;
    const join = await recorder.join(replica, urls()[replica] ?? '', face, room);
    if (join.grant) return join.endedAt;
    if (join.problem !== 'cas_unavailable')
      throw new Error(`an outage answered with ${join.problem}`);
    await sleep(200);
  }
}

beforeAll(
  async () => {
    cluster = await startCluster(
      3,
      { TOKEN_MARGIN: '1' },
      {
        observe: recorder.noteCall,
        through: async (environment) => {
          const { CAS_URL = '' } = environment;
          proxy = await TcpProxy.to(Number(new URL(CAS_URL).port));
          return { ...environment, CAS_URL: proxy.through(CAS_URL) };
        },
      },
    );
    // The people stay signed in for longer than the outage lasts.
    const life = { ACCESS_TOKEN_TTL: String(OUTAGE_S + 600) };
    crowd = await gatherCrowd(testConfig({ ...cluster.environment, ...life }), RECOVERED);
    live = await makeColdRooms(cluster.database, 20);
    cold = await makeColdRooms(cluster.database, 5);
    late = await makeColdRooms(cluster.database, RECOVERED);
    await Promise.all(
      live.map((room, index) => insist(crowd[index] ?? expect.unreachable(), room, index)),
    );

    const inside = new Joiners(recorder, urls(), live, crowd.slice(0, 20), 150);
    const outside = new Joiners(recorder, urls(), cold, crowd.slice(20, 30), 150);
    await breakDown();
    const rows = await cluster.database.query<{ failures: number }>(
      'select failures from room_tokens where room_id = any($1)',
      [cold],
    );
    failures = rows.map((row) => row.failures);
    await outside.stop();
    const waiting = late.map((room, index) =>
      insist(crowd[index] ?? expect.unreachable(), room, index),
    );
    await sleep(8_000);
    endedAt = performance.now();
    cluster.cas.reset();
    servedAt = await Promise.all(waiting);
    await inside.stop();
    history = await recorder.take(cluster.database);
  },
  OUTAGE_S * 1_000 + 120_000,
);
afterAll(async () => {
  await cluster.stop();
  await proxy.close();
});

describe(`an outage of CAS for ${OUTAGE_S} s`, () => {
  it('joins of live rooms succeed during the outage', () => {
    const joins = inRooms(live);
    noteFigure(`${joins.length} joins of live rooms in an outage, none failed`);
    expect(joins.length).toBeGreaterThan(1_000);
    expect(joins.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  it('joins of cold rooms are refused within 10.5 s', () => {
    const joins = inRooms(cold);
    expect(joins.length).toBeGreaterThan(20);
    expect(new Set(joins.map(({ problem }) => problem))).toEqual(new Set(['cas_unavailable']));
    const slowest = Math.max(...joins.map(({ startedAt, endedAt }) => endedAt - startedAt));
    noteFigure(`the slowest refusal of a cold room took ${Math.round(slowest)} ms`);
    expect(slowest).toBeLessThan(allowed(10_500));
  });

  it('CAS gets at most 20 calls a minute for each room', () => {
    const minutes = (OUTAGE_S - 8) / 60;
    const most = Math.max(...failures) / minutes;
    noteFigure(`at most ${most.toFixed(1)} calls a minute and room`);
    expect(Math.min(...failures)).toBeGreaterThan(3);
    expect(most).toBeLessThanOrEqual(20);
  });

  it('95 of 100 cold rooms are served within 15 s after the outage', () => {
    const took = servedAt.map((moment) => moment - endedAt).sort((a, b) => a - b);
    const in15 = took.filter((milliseconds) => milliseconds < allowed(15_000)).length;
    noteFigure(
      `${in15} of ${RECOVERED} cold rooms served within 15 s, the last after ${Math.round(took.at(-1) ?? 0)} ms`,
    );
    expect(in15).toBeGreaterThanOrEqual(RECOVERED * 0.95);
  });

  it('the outage breaks no promise', () => {
    expect(checkHistory(history)).toEqual([]);
    expect(new Set(history.publishes.map(({ generation }) => generation))).toEqual(new Set([1]));
  });
});
