import { expect } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd } from '../../support/crowd.js';
import { type Breach, checkHistory } from './check-history.js';
import type { History, Join } from './history.js';
import { Holder, holderLaunch } from './holder.js';
import { Recorder } from './recorder.js';
import { makeColdRooms } from './rooms.js';
import type { Point } from './server/pauses.js';

const ROOMS = 50;

/**
 * One ordinary replica and four replicas whose mints can be held up: enough to have fifty leases at
 * once, because a replica has at most sixteen.
 */
export class Holders {
  readonly recorder = new Recorder();
  cluster!: Cluster;
  holders: Holder[] = [];
  crowd: Face[] = [];

  async start(): Promise<void> {
    this.cluster = await startCluster(
      5,
      { LOG_LEVEL: 'info' },
      {
        launch: (replica, usual) => [usual, replica === 0 ? {} : holderLaunch],
        observe: this.recorder.noteCall,
      },
    );
    this.holders = this.cluster.replicas.slice(1).map((replica) => new Holder(replica));
    this.crowd = await gatherCrowd(testConfig(this.cluster.environment), 4 * ROOMS);
  }

  /** @param who the index of the person in the crowd, which has four people per room */
  join(replica: number, room: string, who: number): Promise<Join> {
    const { replicas } = this.cluster;
    const face = this.crowd[who] ?? expect.unreachable();
    return this.recorder.join(replica, replicas[replica]?.url ?? '', face, room);
  }

  /** Makes fifty cold rooms, in each of which a replica has the lease and has stopped at the point. */
  async holdUp(pointOf: (holder: number) => Point): Promise<HeldRooms> {
    for (const [index, holder] of this.holders.entries()) holder.hold(pointOf(index));
    const rooms = await makeColdRooms(this.cluster.database, ROOMS);
    const joins = rooms.map((room, index) => this.join(1 + (index % 4), room, index));
    const standing = () =>
      this.holders.reduce((sum, holder, index) => sum + holder.standingAt(pointOf(index)), 0);
    await expect.poll(standing, { timeout: 15_000, interval: 20 }).toBe(ROOMS);
    return { rooms, joins };
  }

  /** Joins three more people per room, all at the replica that is never held up. */
  joinAtTheOther(rooms: readonly string[]): Promise<Join[]> {
    const people = rooms.flatMap((room, index) =>
      [1, 2, 3].map((turn) => this.join(0, room, turn * ROOMS + index)),
    );
    return Promise.all(people);
  }

  async verdict(): Promise<{ history: History; breaches: Breach[] }> {
    const history = await this.recorder.take(this.cluster.database);
    return { history, breaches: checkHistory(history) };
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
  }
}

export interface HeldRooms {
  readonly rooms: readonly string[];
  readonly joins: readonly Promise<Join>[];
}

export const problemsOf = (joins: readonly Join[]) =>
  joins.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));

/** Returns how many milliseconds the slowest of them took after that moment. */
export const slowestSince = (moment: number, joins: readonly Join[]) =>
  Math.round(Math.max(...joins.map(({ endedAt }) => endedAt)) - moment);
