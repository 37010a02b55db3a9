import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig } from '../../../support/config.js';
import { type Face, gatherCrowd } from '../../../support/crowd.js';
import { type PostgresPair, startPair } from '../../../support/standby.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { checkHistory } from '../check-history.js';
import { allowed, noteFigure } from '../form.js';
import type { History, Join } from '../history.js';
import { Joiners } from '../joiners.js';
import { Recorder } from '../recorder.js';
import { makeColdRooms } from '../rooms.js';

const STALE_MS = 3_000;

/**
 * Three replicas whose address of the database moves at different times: for one at once, and for
 * two after the demoted node has answered as a standby for a while. The move cuts their connections
 * or keeps them.
 */
const WAYS = ['at once', 'late, with a cut', 'late, without a cut'] as const;

describe.each(['off', 'on'])('a switchover under load (DATABASE_POOLED=%s)', (DATABASE_POOLED) => {
  const recorder = new Recorder();
  const proxies: TcpProxy[] = [];
  /** Milliseconds from the move of a replica's address to the first successful join there. */
  const firstSuccesses = new Map<number, number>();
  const movedAt = new Map<number, number>();
  let pair: PostgresPair;
  let cluster: Cluster;
  let history: History;
  let banned: Join[];
  let readiness: number[];

  const urls = () => cluster.replicas.map(({ url }) => url);

  function move(replica: number, existing: 'cut' | 'kept'): void {
    proxies[replica]?.redirect(pair.ports.second, existing);
    movedAt.set(replica, performance.now());
  }

  function noteFirst({ replica, grant, startedAt, endedAt }: Join): void {
    const since = movedAt.get(replica) ?? Infinity;
    if (grant && startedAt >= since && !firstSuccesses.has(replica))
      firstSuccesses.set(replica, endedAt - since);
  }

  /** Bans a user at the primary; returns their joins at the replicas that see a standby. */
  async function banAndJoin(face: Face, room: string): Promise<Join[]> {
    await vi.waitFor(
      async () => {
        const { status } = await cluster.admin.put(`/v1/rooms/${room}/bans/${face.userId}`, {});
        expect(status).toBeLessThan(300);
      },
      { timeout: 10_000, interval: 50 },
    );
    const joins: Join[] = [];
    for (let round = 0; round < 10; round += 1)
      for (const replica of [1, 2])
        joins.push(await recorder.join(replica, urls()[replica] ?? '', face, room));
    return joins;
  }

  beforeAll(async () => {
    pair = await startPair();
    for (const _ of WAYS) proxies.push(await TcpProxy.to(pair.ports.first));
    const { database } = pair;
    cluster = await startCluster(
      WAYS.length,
      { TOKEN_MARGIN: '1', DATABASE_POOLED },
      {
        database,
        observe: recorder.noteCall,
        launch: (replica, usual) => {
          const DATABASE_URL = proxies[replica]?.through(database.url) ?? '';
          return [{ ...usual, DATABASE_URL }, {}];
        },
      },
    );
    // Rooms move to new tokens all the time, so that the standby soon has only older tokens.
    cluster.cas.behave({ shortLife: 4 });
    const [outcast, ...crowd] = await gatherCrowd(testConfig(cluster.environment), 41);
    const rooms = await makeColdRooms(database, 15);
    const joiners = new Joiners(recorder, urls(), rooms, crowd, 30, noteFirst);
    await sleep(1_500);
    await pair.switchOver();
    move(0, 'cut');
    const endsAt = performance.now() + STALE_MS;
    banned = await banAndJoin(outcast as Face, rooms[0] ?? '');
    const states = urls().map((url) => fetch(`${url}/health/ready`));
    readiness = (await Promise.all(states)).map(({ status }) => status);
    await sleep(Math.max(0, endsAt - performance.now()));
    move(1, 'cut');
    move(2, 'kept');
    await vi.waitFor(() => expect(firstSuccesses.size).toBe(WAYS.length), {
      timeout: 20_000,
      interval: 20,
    });
    await sleep(2_000);
    await joiners.stop();
    history = await recorder.take(pair.database);
  });
  afterAll(async () => {
    await Promise.all(cluster.replicas.map((replica) => replica.stop()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await cluster.stop();
  });

  it('no join gets an older token, and no generation is lost or published twice', () => {
    expect(checkHistory(history)).toEqual([]);
    const granted = history.joins.filter(({ grant }) => grant).length;
    const generations = history.publishes.length;
    expect(granted).toBeGreaterThan(200);
    expect(generations).toBeGreaterThan(20);
    noteFigure(
      `a switchover (DATABASE_POOLED=${DATABASE_POOLED}): ${granted} joins answered, ${history.joins.length - granted} refused, ${generations} generations`,
    );
  });

  it('a replica at the demoted node does not admit a user whom the primary has banned', () => {
    expect(banned.length).toBeGreaterThan(0);
    expect(new Set(banned.map(({ problem }) => problem))).toEqual(
      new Set(['database_unavailable']),
    );
  });

  it('a replica is not ready while it reaches only the demoted node', () => {
    expect(readiness).toEqual([200, 503, 503]);
  });

  it('joins meanwhile are refused with a 503, and never with an internal error', () => {
    const problems = new Set(history.joins.flatMap(({ problem }) => problem ?? []));
    for (const problem of problems)
      expect(['database_unavailable', 'overloaded', 'cas_unavailable']).toContain(problem);
    for (const replica of cluster.replicas) expect(replica.output()).not.toMatch('unexpected');
  });

  it('joins succeed within 5 s after the move of an address', () => {
    const times = [...firstSuccesses].map(([replica, ms]) => `${WAYS[replica]}: ${Math.round(ms)}`);
    noteFigure(
      `first joins after a switchover, in ms, by the move of the address: ${times.join(', ')}`,
    );
    for (const milliseconds of firstSuccesses.values())
      expect(milliseconds).toBeLessThan(allowed(5_000));
  });

  it('each replica logs one line for the loss and one for the return', () => {
    for (const replica of cluster.replicas.slice(1)) {
      const lines = replica.output().split('\n');
      const count = (text: string) => lines.filter((line) => line.includes(text)).length;
      expect(count('a standby or read-only')).toBe(1);
      expect(count('the database is back')).toBeGreaterThanOrEqual(1);
    }
  });
});
