import { Clock } from '../../../src/tokens/protocol/clock.js';
import type { SimulatedTime } from './simulated-time.js';

/** A server process that can be paused for a time, or killed. */
export class Process {
  readonly clock: Clock;
  /** Resolves when the process is killed: its clients then see a broken connection. */
  readonly death: Promise<'fault'>;
  isDead = false;
  private stops = 0;
  private stoppedAt = 0;
  private held = 0;
  private waking: (() => void)[] = [];
  private readonly die: () => void;

  constructor(
    readonly name: string,
    private readonly time: SimulatedTime,
    jitter: number,
  ) {
    let die = () => {};
    this.death = new Promise((resolve) => {
      die = () => resolve('fault');
    });
    this.die = die;
    this.clock = new ProcessClock(this, time, jitter);
  }

  /** The total time for which the process was paused, in milliseconds. */
  get heldMs(): number {
    return this.held + (this.stops > 0 ? this.time.now() - this.stoppedAt : 0);
  }

  /** Holds anything that comes from outside until the process runs again, or for ever. */
  awake(): Promise<void> {
    if (this.isDead) return new Promise(() => undefined);
    if (this.stops === 0) return Promise.resolve();
    return new Promise((resolve) => this.waking.push(resolve));
  }

  stop(milliseconds: number): void {
    if (this.stops === 0) this.stoppedAt = this.time.now();
    this.stops += 1;
    void this.time.sleep(milliseconds).then(() => this.resume());
  }

  crash(): void {
    this.isDead = true;
    this.waking = [];
    this.die();
  }

  private resume(): void {
    this.stops -= 1;
    if (this.stops > 0 || this.isDead) return;
    this.held += this.time.now() - this.stoppedAt;
    const { waking } = this;
    this.waking = [];
    for (const wake of waking) wake();
  }
}

class ProcessClock extends Clock {
  constructor(
    private readonly process: Process,
    private readonly time: SimulatedTime,
    private readonly jitter: number,
  ) {
    super();
  }

  now(): number {
    return this.time.now();
  }

  random(): number {
    return this.jitter;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await this.time.sleep(milliseconds, signal);
    await this.process.awake();
  }
}
