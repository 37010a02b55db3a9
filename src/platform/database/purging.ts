import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Progress } from '../tasks/progress.js';
import { tookTooLong } from './database-errors.js';

/** A batch that takes longer is followed by a smaller batch; far below the limit of a statement. */
const LONG_MS = 300;

type Batch = (size: number) => Promise<number>;

/** Works in batches. All purges share one connection, and use the database half of the time. */
export class Purging {
  private readonly turns = pLimit(1);
  private readonly sizes = new Map<string, number>();
  private isOver = false;

  /** @param turnMs maximum time of a purge per turn; it continues in its next turn */
  constructor(private readonly turnMs = 1_000) {}

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

  private async isFull(name: string, most: number, batch: Batch): Promise<boolean> {
    const size = this.sizes.get(name) ?? most;
    const beganAt = performance.now();
    try {
      const rows = await batch(size);
      const milliseconds = performance.now() - beganAt;
      if (milliseconds > LONG_MS) this.sizes.set(name, Math.max(1, Math.floor(size / 2)));
      else if (milliseconds < LONG_MS / 4) this.sizes.set(name, Math.min(most, size * 2));
      if (rows < size) return false;
      // The database is left to others for as long as the batch took.
      await sleep(Math.min(milliseconds, LONG_MS));
      return true;
    } catch (error) {
      if (!tookTooLong(error) || size === 1) throw error;
      this.sizes.set(name, Math.floor(size / 2));
      return true;
    }
  }
}
