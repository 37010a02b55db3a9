import fc from 'fast-check';
import { checkHistory, type Rule, type Violation } from '../history/check-history.js';
import type { History } from '../history/history.js';
import { type Plan, plans } from './plan.js';
import { ANSWER_MS } from './scheduled-store.js';
import { type Parts, World } from './world.js';

/** A request's patience, and the database's for the read that was under way when it ended. */
const WAIT_MS = 10_000 + ANSWER_MS + 10;

export interface Finding {
  readonly seed: number;
  /** Where in the seed's runs, and after which simplifications. */
  readonly path: string;
  readonly runs: number;
  readonly violations: readonly Violation[];
  readonly history: History;
  /** The order in which things happened. */
  readonly schedule: readonly string[];
}

export interface Search {
  readonly runs: number;
  readonly seed?: number | undefined;
  /** Of an earlier finding: only this one is run. */
  readonly path?: string | undefined;
  /** Without it, every rule counts. */
  readonly rule?: Rule;
  /** Looks for a simpler failure when one was found. */
  readonly simplify?: boolean;
  /** Is told of every run, broken or not. */
  readonly witness?: (history: History) => void;
}

class PromiseBroken extends Error {
  constructor(readonly finding: Omit<Finding, 'seed' | 'path' | 'runs'>) {
    super('the promise is broken');
  }
}

async function runOnce(plan: Plan, parts: Parts, { rule, witness }: Search) {
  const world = new World(plan, parts);
  await world.run();
  const { joins, calls, publishes, lostTerms, rekeys } = world.recorder;
  const history = { joins, calls, publishes, lostTerms, rekeys };
  witness?.(history);
  const violations = checkHistory(history, { waitMs: WAIT_MS });
  if (violations.some((each) => rule === undefined || each.rule === rule))
    throw new PromiseBroken({ violations, history, schedule: world.schedule });
}

/** Runs the protocol in many orders. @returns the first order that breaks the promise, if any */
export async function explore(parts: Parts, search: Search): Promise<Finding | undefined> {
  const { runs, seed, path, simplify = false } = search;
  const property = fc.asyncProperty(plans, (plan) => runOnce(plan, parts, search));
  const details = await fc.check(property, {
    numRuns: path === undefined ? runs : 1,
    endOnFailure: !simplify || path !== undefined,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  });
  if (!details.failed) return undefined;
  const { errorInstance: error, counterexamplePath } = details;
  if (!(error instanceof PromiseBroken)) throw error;
  const at = { seed: details.seed, path: counterexamplePath ?? '', runs: details.numRuns };
  return { ...at, ...error.finding };
}

/** What is printed of a finding, and how to see it again. */
export function describeFinding({ seed, path, runs, violations, ...finding }: Finding): string {
  const { joins, calls, publishes, lostTerms, rekeys } = finding.history;
  const events = [
    ...joins.map((join) => ({ at: join.endedAt, join })),
    ...calls.map((call) => ({ at: call.startedAt, call })),
    ...publishes.map((publish) => ({ at: publish.doneAt, publish })),
    ...rekeys.map((rekey) => ({ at: rekey.endedAt, rekey })),
    ...lostTerms.map((lostTerm) => ({ at: lostTerm.at, lostTerm })),
  ].toSorted((a, b) => a.at - b.at);
  return [
    `The promise is broken after ${runs} orders.`,
    ...violations.map(({ rule, detail }) => `- ${rule}: ${detail}`),
    'See it again:',
    `INTERLEAVINGS_SEED=${seed} INTERLEAVINGS_PATH=${path} npx vitest run --config vitest.system.config.ts --project interleavings`,
    'History:',
    ...events.map((event) => JSON.stringify(event)),
    'Order:',
    ...finding.schedule,
  ].join('\n');
}
