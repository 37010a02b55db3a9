import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConfig } from '../../../support/config.js';
import { type Face, gatherCrowd } from '../../../support/crowd.js';
import { Chance } from '../chance.js';
import { type Breach, checkHistory } from '../check-history.js';
import { isLong, noteFigure, seed } from '../form.js';
import { FragileWorld } from '../fragile-world.js';
import { Joiners } from '../joiners.js';
import { hardMischief, softMischief } from '../mischief.js';
import { makeColdRooms } from '../rooms.js';

const JOINS = isLong ? Number(process.env['FAULTS_JOINS']) : 1;
const LIMIT_MS = isLong ? Number(process.env['FAULTS_MINUTES']) * 60_000 : 1;
const ROUND_MS = isLong ? 30_000 : 24_000;
/** Most of these people wait for a part that is broken. */
const PEOPLE = isLong ? 240 : 60;
/** Codes that a client may get during faults; an internal error is not among them. */
const TOLERATED = [
  'database_unavailable',
  'overloaded',
  'cas_unavailable',
  'request_timeout',
  'no answer',
];

const world = new FragileWorld();
const chance = new Chance(seed);
const done = new Map<string, number>();
const problems = new Map<string, number>();
const breaches: Breach[] = [];
const totals = { rounds: 0, joins: 0, answered: 0, generations: 0, calls: 0 };
let crowd: Face[];

const count = (counts: Map<string, number>, name: string) =>
  counts.set(name, (counts.get(name) ?? 0) + 1);

/** Causes one fault after the other until the time is up. */
async function wreak(kinds: typeof hardMischief, until: number): Promise<void> {
  while (performance.now() < until) {
    const name = chance.pick(Object.keys(kinds));
    count(done, name);
    await kinds[name]?.(world, chance);
    await sleep(chance.between(100, 800));
  }
}

async function playRound(): Promise<void> {
  const { database } = world.postgres;
  const rooms = await makeColdRooms(database, 15);
  const joiners = new Joiners(world.recorder, world.urls, rooms, crowd, 10);
  const until = performance.now() + ROUND_MS;
  await Promise.all([wreak(hardMischief, until), wreak(softMischief, until)]);
  world.heal();
  await sleep(1_500);
  await joiners.stop();
  for (const replica of world.replicas) world.noteUnexpectedEnd(replica);
  const history = await world.recorder.take(database);
  breaches.push(...checkHistory(history));
  // People with seats would have the tokens renewed for another ninety seconds.
  await database.query(`update rooms set status = 'closed' where id = any($1)`, [rooms]);
  for (const { problem } of history.joins) if (problem !== undefined) count(problems, problem);
  totals.rounds += 1;
  totals.joins += history.joins.length;
  totals.answered += history.joins.filter(({ grant }) => grant).length;
  totals.generations += history.publishes.length;
  totals.calls = world.recorder.callCount;
}

const listOf = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([name, times]) => `${name}: ${times}`).join(', ');

function report(): void {
  const { rounds, joins, answered, generations, calls } = totals;
  noteFigure(`seed ${seed}, ${rounds} rounds: ${joins} joins, ${answered} answered with a token`);
  noteFigure(`${generations} generations, ${calls} calls of CAS`);
  noteFigure(`done: ${listOf(done)}`);
  noteFigure(`refused: ${listOf(problems)}`);
  noteFigure(`the checker found ${breaches.length} breaches`);
}

beforeAll(async () => {
  await world.start();
  const config = testConfig({ ...world.cluster.environment, ACCESS_TOKEN_TTL: '86400' });
  crowd = await gatherCrowd(config, PEOPLE);
  const until = performance.now() + LIMIT_MS;
  do {
    await playRound();
    if (totals.rounds % 10 === 0) report();
  } while (totals.joins < JOINS && performance.now() < until && breaches.length === 0);
  report();
}, LIMIT_MS + 300_000);
afterAll(() => world.stop());

describe('many random faults at once', () => {
  it('random faults break no promise', () => {
    expect(breaches.slice(0, 10)).toEqual([]);
    expect(totals.answered).toBeGreaterThan(totals.joins / 10);
    expect(totals.generations).toBeGreaterThanOrEqual(15 * totals.rounds);
  });

  it('random faults are reported as what they are', () => {
    for (const problem of problems.keys()) expect(TOLERATED).toContain(problem);
    const expected = ['CAS returned no token', 'the database cannot be used'];
    const others = world.errors.filter((line) => !expected.some((text) => line.includes(text)));
    expect(others).toEqual([]);
  });

  it('no process ends unless the test ends it', () => {
    expect(world.unexpectedEnds).toEqual([]);
  });
});
