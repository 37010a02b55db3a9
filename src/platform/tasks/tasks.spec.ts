import 'reflect-metadata';
import { Injectable, Logger, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Every } from './every.decorator.js';
import type { Progress } from './progress.js';
import { TasksModule } from './tasks.module.js';

const PERIOD_MS = 10_000;
/** Longer than a period plus its jitter. */
const LONG_MS = 2 * PERIOD_MS;

@Injectable()
class Counted {
  runs = 0;
  underWay = 0;
  progress: Progress = 'done';
  /** Ends the current run. */
  end: (() => void) | undefined;
  isSlow = false;
  failure: Error | undefined;

  @Every('10 s', 'count')
  async count(): Promise<Progress> {
    this.runs += 1;
    this.underWay += 1;
    if (this.isSlow) await new Promise<void>((resolve) => (this.end = resolve));
    this.underWay -= 1;
    if (this.failure) throw this.failure;
    return this.progress;
  }
}

@Injectable()
class Configured {
  readonly seconds = 3_600;
  runs = 0;

  @Every(({ seconds }: Configured) => seconds * 1_000, 'count seldom')
  async count(): Promise<void> {
    this.runs += 1;
  }
}

async function start(...providers: Provider[]) {
  const module = await Test.createTestingModule({ imports: [TasksModule], providers }).compile();
  return module.init();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('recurring tasks', () => {
  it('a task runs periodically until the shutdown', async () => {
    const app = await start(Counted);
    const counted = app.get(Counted);
    expect(counted.runs).toBe(0);
    await vi.advanceTimersByTimeAsync(10 * PERIOD_MS);
    expect(counted.runs).toBeGreaterThanOrEqual(7);
    expect(counted.runs).toBeLessThanOrEqual(13);
    const { runs } = counted;
    await app.close();
    await vi.advanceTimersByTimeAsync(10 * PERIOD_MS);
    expect(counted.runs).toBe(runs);
  });

  it('a task runs once in each period, even if its provider has an alias', async () => {
    const app = await start(Counted, { provide: 'alias', useExisting: Counted });
    await vi.advanceTimersByTimeAsync(PERIOD_MS * 1.3);
    expect(app.get(Counted).runs).toBe(1);
    await app.close();
  });

  it('a task never runs twice at the same time, and the shutdown waits for it', async () => {
    const app = await start(Counted);
    const counted = app.get(Counted);
    counted.isSlow = true;
    await vi.advanceTimersByTimeAsync(10 * PERIOD_MS);
    expect(counted.runs).toBe(1);
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(isClosed).toBe(false);
    counted.end?.();
    await closing;
    expect(counted.underWay).toBe(0);
  });

  it('an unfinished task continues soon', async () => {
    const app = await start(Counted);
    const counted = app.get(Counted);
    counted.progress = 'unfinished';
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(counted.runs).toBeGreaterThan(20);
    await app.close();
  });

  it('a failed task is retried, and each outage is logged once', async () => {
    const [warn, log] = [vi.spyOn(Logger.prototype, 'warn'), vi.spyOn(Logger.prototype, 'log')];
    const app = await start(Counted);
    const counted = app.get(Counted);
    counted.failure = new TypeError('it is broken');
    await vi.advanceTimersByTimeAsync(5 * PERIOD_MS);
    expect(counted.runs).toBeGreaterThan(1);
    const reason = { task: 'count', reason: 'TypeError' };
    expect(warn.mock.calls).toEqual([[reason, 'a task failed']]);
    counted.failure = undefined;
    await vi.advanceTimersByTimeAsync(5 * PERIOD_MS);
    expect(log.mock.calls.filter(([, text]) => text === 'a task recovered')).toHaveLength(1);
    await app.close();
  });

  it('the period of a task can come from a property of its provider', async () => {
    const app = await start(Configured);
    await vi.advanceTimersByTimeAsync(0.74 * 3_600_000);
    expect(app.get(Configured).runs).toBe(0);
    await vi.advanceTimersByTimeAsync(0.52 * 3_600_000);
    expect(app.get(Configured).runs).toBe(1);
    await app.close();
  });

  it('two tasks with the same name are refused at the start', async () => {
    const twice = start(Counted, { provide: 'another', useClass: Counted });
    await expect(twice).rejects.toThrow('Two tasks are called “count”: rename one.');
  });
});
