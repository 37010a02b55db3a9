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
 * A replica of the product beside four whose mints can be held up: as many as it takes to have
 * fifty leases at once, of which one replica has sixteen at the most.
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

  /** @param who which of four people per room */
  join(replica: number, room: string, who: number): Promise<Join> {
    const { replicas } = this.cluster;
    const face = this.crowd[who] ?? expect.unreachable();
    return this.recorder.join(replica, replicas[replica]?.url ?? '', face, room);
  }

  /** Fifty cold rooms, each with somebody whose replica has the lease and stands at the point. */
  async holdUp(pointOf: (holder: number) => Point): Promise<HeldRooms> {
    for (const [index, holder] of this.holders.entries()) holder.hold(pointOf(index));
    const rooms = await makeColdRooms(this.cluster.database, ROOMS);
    const joins = rooms.map((room, index) => this.join(1 + (index % 4), room, index));
    const standing = () =>
      this.holders.reduce((sum, holder, index) => sum + holder.standingAt(pointOf(index)), 0);
    await expect.poll(standing, { timeout: 15_000, interval: 20 }).toBe(ROOMS);
    return { rooms, joins };
  }

  /** Three more people per room, all at the one replica that nobody holds up. */
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

/** Milliseconds that the slowest of them took since then. */
export const slowestSince = (moment: number, joins: readonly Join[]) =>
  Math.round(Math.max(...joins.map(({ endedAt }) => endedAt)) - moment);
