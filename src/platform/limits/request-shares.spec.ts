import { beforeEach, describe, expect, it } from 'vitest';
import { RateLimited } from '../http/problems.js';
import type { Request } from '../http/request.js';
import { workOf } from '../http/request-work.js';
import type { Config } from '../config/config.js';
import { MemoryLimiter } from './memory-limiter.js';
import { Refusals } from './refusals.js';
import { RequestShares } from './request-shares.service.js';

let shares: RequestShares;

beforeEach(() => {
  shares = new RequestShares(new MemoryLimiter(100_000), new Refusals(), {
    RATE_LIMITS: true,
  } as Config);
});

/** Begins requests of one user; separates running requests from waiting requests. */
function ask(times: number, userId: string, guestRoomId: string | null = null) {
  const running: Request[] = [];
  const waiting: Promise<void>[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const request = { method: 'POST', routeOptions: { url: '/v1' } } as Request;
    const begun = shares.begin(request, userId, 'user', guestRoomId);
    if (!begun) {
      running.push(request);
      continue;
    }
    waiting.push(begun);
    // Most of these requests are refused after their test.
    begun.catch(() => undefined);
  }
  return { running, waiting };
}

describe('the guests of a room', () => {
  it('guests of a room have 32 places together, and 8 each', () => {
    expect(ask(10, 'guest 0', 'final').running).toHaveLength(8);
    for (let guest = 1; guest < 100; guest += 1) ask(10, `guest ${guest}`, 'final');
    expect(shares.load).toEqual({ running: 32, waiting: 968 });
  });

  it('guests of a room take no places of other rooms or of users', () => {
    for (let guest = 0; guest < 10; guest += 1) ask(8, `guest ${guest}`, 'final');
    expect(ask(8, 'ann').running).toHaveLength(8);
    expect(ask(8, 'guest of another room', 'semi-final').running).toHaveLength(8);
  });

  it('guests of a room take turns, however many requests some of them send', async () => {
    const { running } = ask(8, 'guest 0', 'final');
    for (let guest = 1; guest <= 3; guest += 1) ask(500, `guest ${guest}`, 'final');
    const {
      waiting: [turn],
    } = ask(1, 'quiet guest', 'final');
    // Guests that already have 8 running requests are skipped.
    for (const request of running.slice(0, 1)) workOf(request).end();
    await expect(turn).resolves.toBeUndefined();
  });

  it('guests of a room have at most 2,000 waiting requests, and the guest with the most is refused first', async () => {
    for (let guest = 0; guest < 4; guest += 1) ask(8, `guest ${guest}`, 'final');
    const greedy = ask(1_000, 'greedy', 'final').waiting.map((turn) =>
      turn.catch((error: unknown) => error),
    );
    ask(999, 'greedy too', 'final');
    ask(2, 'quiet guest', 'final');
    expect(await greedy.at(-1)).toBeInstanceOf(RateLimited);
  });
});

describe('rooms whose guests have left', () => {
  it('rooms without requests are forgotten, and busy rooms keep their limits', () => {
    ask(40, 'busy', 'busy room');
    for (let room = 0; room < 5_000; room += 1)
      for (const request of ask(1, `guest ${room}`, `room ${room}`).running) workOf(request).end();
    expect(shares.load).toEqual({ running: 8, waiting: 32 });
    expect(ask(1, 'other', 'busy room').running).toHaveLength(1);
  });
});

describe('requests of a key on behalf of people', () => {
  const asking = (person: string, key = 'key') => shares.countOnBehalf({ key, person }, 'grant');

  /** Counts requests; returns how many were accepted. */
  const accepted = (turns: number, key: string): number => {
    let count = 0;
    for (let turn = 0; turn < turns; turn += 1)
      try {
        asking('Ada', key);
        count += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(RateLimited);
      }
    return count;
  };

  it('that the limit of the key refuses do not count for the person', () => {
    for (let turn = 0; turn < 20_000; turn += 1) asking(`person ${turn}`);
    // The limits give some back while the test runs.
    const ofBusyKey = accepted(1_500, 'key');
    expect(ofBusyKey).toBeLessThan(750);
    expect(accepted(1_500, 'another key')).toBeGreaterThanOrEqual(1_000 - ofBusyKey);
  });

  it('have 8 places per person and 32 for all keys, which rotate', async () => {
    const ends: (() => void)[] = [];
    let running = 0;
    const begin = (key: string, person: string) => {
      void shares
        .runOnBehalf({ key, person }, () => {
          running += 1;
          return new Promise<void>((resolve) => ends.push(resolve));
        })
        .catch(() => undefined);
    };
    for (let turn = 0; turn < 20; turn += 1) begin('one', 'Ada');
    await new Promise(setImmediate);
    expect(running).toBe(8);
    for (let turn = 0; turn < 40; turn += 1) begin('one', `person ${turn}`);
    await new Promise(setImmediate);
    expect(running).toBe(32);
    begin('two', 'Grace');
    for (const end of ends.splice(0, 2)) end();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(running).toBe(34);
  });
});
