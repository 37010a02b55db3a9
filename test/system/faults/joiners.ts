import { setTimeout as sleep } from 'node:timers/promises';
import type { Face } from '../../support/crowd.js';
import type { Join } from './history.js';
import type { Recorder } from './recorder.js';

/** People who join repeatedly, each time another room at another replica, until they are stopped. */
export class Joiners {
  private isOver = false;
  private readonly people: Promise<void>[];

  constructor(
    private readonly recorder: Recorder,
    private readonly urls: readonly string[],
    private readonly rooms: readonly string[],
    crowd: readonly Face[],
    private readonly pauseMs: number,
    private readonly observe: (join: Join) => void = () => undefined,
  ) {
    this.people = crowd.map((face, index) => this.keepJoining(face, index));
  }

  private async keepJoining(face: Face, start: number): Promise<void> {
    for (let turn = start; !this.isOver; turn += 1) {
      const replica = turn % this.urls.length;
      const { rooms } = this;
      // The step differs from the number of replicas, so that every room is joined at each of them.
      const room = rooms[Math.floor(turn / this.urls.length + start) % rooms.length] ?? '';
      const join = await this.recorder.join(replica, this.urls[replica] ?? '', face, room);
      this.observe(join);
      await sleep(join.grant ? this.pauseMs : 100);
    }
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.people);
  }
}
