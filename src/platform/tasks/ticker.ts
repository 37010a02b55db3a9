import { Logger } from '@nestjs/common';
import type { Progress } from './progress.js';

/** Milliseconds until a task continues that had more work than its time allowed. */
const SOON_MS = 200;

/** Runs work repeatedly, never twice at the same time; failed work is retried at the next tick. */
export class Ticker {
  private readonly logger = new Logger('Ticker');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(
    private readonly name: string,
    readonly periodMs: number,
    private readonly work: () => Promise<Progress | void>,
  ) {}

  start(periodMs = this.periodMs): void {
    // With jitter, so that replicas that started together do not tick together.
    const delay = periodMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.running = this.tick();
    }, delay);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running;
  }

  private async tick(): Promise<void> {
    const { timer } = this;
    const startedAt = performance.now();
    let periodMs = this.periodMs;
    try {
      if ((await this.work()) === 'unfinished') periodMs = Math.min(SOON_MS, periodMs);
      const milliseconds = Math.round(performance.now() - startedAt);
      this.logger.verbose({ task: this.name, milliseconds }, 'a task ran');
      if (this.isFailing) this.logger.log({ task: this.name }, 'a task recovered');
      this.isFailing = false;
    } catch (error) {
      // Logged once per outage; readiness reports the state of the database.
      const reason = error instanceof Error ? error.name : typeof error;
      if (!this.isFailing) this.logger.warn({ task: this.name, reason }, 'a task failed');
      this.isFailing = true;
    }
    if (this.timer === timer && timer !== undefined) this.start(periodMs);
  }
}
