import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startReplica } from '../../../support/cluster.js';
import { allowed, noteFigure } from '../form.js';
import type { Join } from '../history.js';
import { Holders, problemsOf, slowestSince } from '../holders.js';
import { makeColdRooms } from '../rooms.js';

const world = new Holders();
const LEASE_AND_A_SECOND = 7_000;

beforeAll(() => world.start());
beforeEach(() => world.cluster.cas.reset());
afterAll(() => world.stop());

const noteSlowest = (what: string, moment: number, joins: readonly Join[]) =>
  noteFigure(`${what}: the slowest join was answered after ${slowestSince(moment, joins)} ms`);

const signalAll = (signal: NodeJS.Signals) => {
  for (const { replica } of world.holders) replica.process.kill(signal);
};

/** Joins everybody once more, at the replicas that had the leases. */
const joinAgain = (rooms: readonly string[]) =>
  Promise.all(rooms.map((room, index) => world.join(1 + (index % 4), room, index)));

/** Holds the publishes of fifty rooms until their leases have expired and other replicas have served. */
async function publishLate(fence: 'on' | 'off') {
  for (const holder of world.holders) holder.setFence(fence);
  const { rooms, joins } = await world.holdUp(() => 'before publish');
  const others = await world.joinAtTheOther(rooms);
  for (const holder of world.holders) holder.release('before publish');
  await Promise.all(joins);
  // This is long enough for the held statements to arrive.
  await sleep(1_000);
  await joinAgain(rooms);
  return { rooms, others, ...(await world.verdict()) };
}

describe('publishes that are held back past their leases, in 50 rooms', () => {
  it('a late publish has no effect, and nobody gets a second token', async () => {
    const { rooms, others, history, breaches } = await publishLate('on');
    expect(problemsOf(others)).toEqual([]);
    expect(breaches).toEqual([]);
    noteFigure(`publish past the lease: ${history.publishes.length - 50} late ones in 50 rooms`);
    expect(history.publishes).toHaveLength(rooms.length);
    expect(world.cluster.cas.stats().received).toBe(2 * rooms.length);
  });

  it('a late publish splits at least 48 of the rooms if the fence is removed', async () => {
    const { history, breaches } = await publishLate('off');
    for (const holder of world.holders) holder.setFence('on');
    const broken = new Set(breaches.map(({ room }) => room));
    noteFigure(`publish past the lease without the fence: ${broken.size} of 50 rooms split`);
    expect(broken.size).toBeGreaterThanOrEqual(48);
    expect(new Set(breaches.map(({ rule }) => rule))).toContain(
      'no new generation while the old one is live',
    );
    expect(history.publishes.length).toBeGreaterThanOrEqual(98);
  });
});

describe('replicas that are stopped during a call of CAS, past their leases', () => {
  it('stopped replicas discard their tokens when they continue', async () => {
    world.cluster.cas.behave({ delay: 1_500, times: 50 });
    const rooms = await makeColdRooms(world.cluster.database, 50);
    const joins = rooms.map((room, index) => world.join(1 + (index % 4), room, index));
    await expect
      .poll(() => world.cluster.cas.stats().inFlight, { timeout: 10_000, interval: 10 })
      .toBe(50);
    signalAll('SIGSTOP');
    const stoppedAt = performance.now();
    const others = await world.joinAtTheOther(rooms);
    expect(problemsOf(others)).toEqual([]);
    noteSlowest('holders stopped', stoppedAt, others);
    expect(slowestSince(stoppedAt, others)).toBeLessThan(allowed(LEASE_AND_A_SECOND));
    signalAll('SIGCONT');
    // Statements that were under way during the stop time out without an answer.
    for (const problem of problemsOf(await Promise.all(joins)))
      expect(problem).toBe('database_unavailable');
    expect(problemsOf(await joinAgain(rooms))).toEqual([]);
    const { history, breaches } = await world.verdict();
    expect(breaches).toEqual([]);
    expect(history.publishes).toHaveLength(rooms.length);
    expect(world.cluster.cas.stats().received).toBe(100);
  });
});

describe('replicas that are killed while they have the leases of 50 rooms', () => {
  it('waiting people are delayed by the lease and a second at most, and rooms cost at most one more call', async () => {
    // Half of the replicas die before their call, half between its answer and the publish.
    const { rooms, joins } = await world.holdUp((holder) =>
      holder < 2 ? 'before call' : 'before publish',
    );
    const others = world.joinAtTheOther(rooms);
    const killedAt = performance.now();
    signalAll('SIGKILL');
    const served = await others;
    expect(problemsOf(served)).toEqual([]);
    noteSlowest('holders killed', killedAt, served);
    expect(slowestSince(killedAt, served)).toBeLessThan(allowed(LEASE_AND_A_SECOND));
    expect(problemsOf(await Promise.all(joins))).toEqual(rooms.map(() => 'no answer'));
    const { history, breaches } = await world.verdict();
    expect(breaches).toEqual([]);
    expect(history.publishes).toHaveLength(rooms.length);
    // Each room costs one call of its next holder, and another if its replica died after a call.
    expect(world.cluster.cas.stats().received).toBe(rooms.length + 24);
  });
});

describe('a replica that shuts down while it has the leases of 10 rooms', () => {
  it('a replica that shuts down releases its leases, so others serve within half a second', async () => {
    const holder = await startReplica(world.cluster.environment);
    world.cluster.cas.behave({ hang: true, times: 10 });
    const rooms = await makeColdRooms(world.cluster.database, 10);
    const { crowd } = world;
    const joins = rooms.map((room, index) =>
      world.recorder.join(5, holder.url, crowd[index] ?? expect.unreachable(), room),
    );
    await expect
      .poll(() => world.cluster.cas.stats().inFlight, { timeout: 10_000, interval: 10 })
      .toBe(10);
    const others = world.joinAtTheOther(rooms);
    await sleep(200);
    const toldAt = performance.now();
    const stopped = holder.stop();
    const served = await others;
    expect(problemsOf(served)).toEqual([]);
    noteSlowest('the holder told to end', toldAt, served);
    expect(slowestSince(toldAt, served)).toBeLessThan(allowed(500));
    expect(problemsOf(await Promise.all(joins))).toEqual([]);
    expect(await stopped).toBe(0);
    const { history, breaches } = await world.verdict();
    expect(breaches).toEqual([]);
    expect(history.publishes).toHaveLength(rooms.length);
  });
});
