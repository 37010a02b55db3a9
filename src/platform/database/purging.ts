import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Progress } from '../tasks/progress.js';
import { tookTooLong } from './database-errors.js';

/** A batch that takes longer is followed by a smaller one, far below the limit of a statement. */
const LONG_MS = 300;

/** Works through so many rows at most; how many there were. */
type Batch = (size: number) => Promise<number>;

/**
 * Works through any number of rows in batches. All purges of a replica together have one connection,
 * and the database for half of the time at most.
 */
export class Purging {
  private readonly turns = pLimit(1);
  /** The sizes of batches that turned out to be right, by the name of the purge. */
  private readonly sizes = new Map<string, number>();
  private isOver = false;

  /** @param turnMs how long one purge goes on at a time; the rest is for its next turn */
  constructor(private readonly turnMs = 1_000) {}

  /** Lets purges end with the batch that is under way. */
  stop(): void {
    this.isOver = true;
  }

  async inBatches(name: string, most: number, batch: Batch): Promise<Progress> {
    const endsAt = performance.now() + this.turnMs;
    for (;;) {
      if (!(await this.turns(() => this.isFull(name, most, batch)))) return 'done';
      if (this.isOver || performance.now() >= endsAt) return 'unfinished';
    }
  }

  /** Runs one batch. Whether there may be another one. */
  private async isFull(name: string, most: number, batch: Batch): Promise<boolean> {
    const size = this.sizes.get(name) ?? most;
    const beganAt = performance.now();
    try {
      const rows = await batch(size);
      const milliseconds = performance.now() - beganAt;
      if (milliseconds > LONG_MS) this.sizes.set(name, Math.max(1, Math.floor(size / 2)));
      else if (milliseconds < LONG_MS / 4) this.sizes.set(name, Math.min(most, size * 2));
      if (rows < size) return false;
      // For as long as the batch took, the database is left to others.
      await sleep(Math.min(milliseconds, LONG_MS));
      return true;
    } catch (error) {
      if (!tookTooLong(error) || size === 1) throw error;
      this.sizes.set(name, Math.floor(size / 2));
      return true;
    }
  }
}
