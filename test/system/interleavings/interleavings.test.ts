import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RULE_NAMES } from '../../support/history/check-history.js';
import type { History } from '../../support/history/history.js';
import { describeFinding, explore } from '../../support/interleavings/explore.js';
import { MUTANTS } from '../../support/interleavings/mutants.js';
import { REAL } from '../../support/interleavings/world.js';

/** How many orders are tried; `npm run test:interleavings` tries more. Seed and path repeat a failure. */
const RUNS = Number(process.env['INTERLEAVINGS_RUNS'] ?? 2_000);
const SEED = Number(process.env['INTERLEAVINGS_SEED'] ?? randomInt(2 ** 31));
const PATH = process.env['INTERLEAVINGS_PATH'];
const TIMEOUT_MS = 60_000 + RUNS * 50;

function print(line: string): void {
  process.stdout.write(`interleavings: ${line}\n`);
}

describe('the protocol’s own code, with several replicas over one row, in random orders', () => {
  it(
    'the protocol keeps the promise',
    async () => {
      print(`INTERLEAVINGS_SEED=${SEED} INTERLEAVINGS_RUNS=${RUNS}`);
      const finding = await explore(REAL, { runs: RUNS, seed: SEED, path: PATH, simplify: true });
      expect(finding ? describeFinding(finding) : 'kept').toBe('kept');
    },
    TIMEOUT_MS,
  );

  it('the random orders reach every situation that the protocol handles', async () => {
    const histories: History[] = [];
    await explore(REAL, { runs: 300, seed: 1, witness: (history) => histories.push(history) });
    const count = <Item>(
      all: (history: History) => readonly Item[],
      each: (item: Item) => boolean,
    ) => histories.flatMap((history) => all(history).filter(each)).length;
    const joins = (each: (join: History['joins'][number]) => boolean) =>
      count(({ joins }) => joins, each);
    const lost = (why: string) =>
      count(
        ({ lostTerms }) => lostTerms,
        (term) => term.why === why,
      );
    const seen = {
      served: joins(({ answer }) => typeof answer !== 'string'),
      refused: joins(({ answer }) => answer === 'no token'),
      broken: joins(({ answer }) => answer === 'fault'),
      held: joins(({ heldMs = 0 }) => heldMs > 6_000),
      waitedLong: joins(({ startedAt, endedAt }) => endedAt - startedAt > 9_000),
      thirdGenerations: count(
        ({ publishes }) => publishes,
        (each) => each.generation === 3,
      ),
      // The time between the token and its place in the row exceeds a lease.
      latePublishes: count(
        ({ publishes }) => publishes,
        (each) => each.doneAt - each.startedAt > 6_000,
      ),
      rekeyed: count(
        ({ publishes }) => publishes,
        ({ named }) => named !== undefined,
      ),
      changed: count(
        ({ rekeys }) => rekeys,
        ({ answer }) => answer === 'changed',
      ),
      expired: lost('expired'),
      failed: lost('failed'),
      released: lost('released'),
    };
    const never = Object.entries(seen).filter(([, times]) => times === 0);
    expect(never).toEqual([]);
  });
});

describe('protocols with a known mistake', () => {
  it('there is a mistake for every rule', () => {
    expect(new Set(MUTANTS.map(({ breaks }) => breaks))).toEqual(new Set(RULE_NAMES));
  });

  it.each(MUTANTS)(
    '$name is found, and found again by its seed and path',
    async ({ name, parts, breaks }) => {
      const found = await explore(parts, { runs: RUNS, seed: SEED, rule: breaks });
      if (!found) expect.fail(`not found in ${RUNS} orders of seed ${SEED}`);
      const { seed, path, runs } = found;
      print(`${name}: found after ${runs} orders, seed ${seed}, path ${path}`);
      expect(found.violations.map(({ rule }) => rule)).toContain(breaks);
      expect(describeFinding(found)).toContain(`_SEED=${seed} INTERLEAVINGS_PATH=${path} `);
      const again = await explore(parts, { runs: 1, seed, path, rule: breaks });
      expect(again).toEqual({ ...found, runs: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'a mistake is found again by the path of its simplified failure',
    async () => {
      const [{ parts, breaks }] = MUTANTS as [(typeof MUTANTS)[number]];
      const found = await explore(parts, { runs: RUNS, seed: SEED, rule: breaks, simplify: true });
      if (!found) expect.fail(`not found in ${RUNS} orders of seed ${SEED}`);
      const { seed, path } = found;
      const again = await explore(parts, { runs: 1, seed, path, rule: breaks });
      expect(again).toEqual({ ...found, runs: 1 });
    },
    TIMEOUT_MS,
  );
});
