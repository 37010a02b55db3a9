import { Logger } from '@nestjs/common';
import type { Progress } from './progress.js';

/** Milliseconds until a task goes on that had more to do than its time allowed. */
const SOON_MS = 200;

/** Does something again and again, never twice at once; what fails is tried at the next tick. */
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
    // With jitter, so that replicas that started together don't tick together.
    const delay = periodMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.running = this.tick();
    }, delay);
  }

  /** Resolves when the tick that may be under way has ended. */
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
      if (this.isFailing) this.logger.log({ task: this.name }, 'a task works again');
      this.isFailing = false;
    } catch (error) {
      // Once per outage; the database's own troubles are told by readiness.
      const reason = error instanceof Error ? error.name : typeof error;
      if (!this.isFailing) this.logger.warn({ task: this.name, reason }, 'a task failed');
      this.isFailing = true;
    }
    if (this.timer === timer && timer !== undefined) this.start(periodMs);
  }
}
