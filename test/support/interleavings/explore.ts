import fc from 'fast-check';
import { checkHistory, type Rule, type Violation } from '../history/check-history.js';
import type { History } from '../history/history.js';
import { type Plan, plans } from './plan.js';
import { ANSWER_MS } from './scheduled-store.js';
import { type Parts, World } from './world.js';

/** The patience of a request, plus the time limit of the read that was under way when it ended. */
const WAIT_MS = 10_000 + ANSWER_MS + 10;

export interface Finding {
  readonly seed: number;
  /** The position among the runs of the seed, and the simplifications after it. */
  readonly path: string;
  readonly runs: number;
  readonly violations: readonly Violation[];
  readonly history: History;
  /** The events in their order. */
  readonly schedule: readonly string[];
}

export interface Search {
  readonly runs: number;
  readonly seed?: number | undefined;
  /** The path of an earlier finding; only that run is repeated. */
  readonly path?: string | undefined;
  /** The rule to look for; by default every rule. */
  readonly rule?: Rule;
  /** Whether to simplify a failure that was found. */
  readonly simplify?: boolean;
  /** Receives the history of every run, broken or not. */
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

/** Describes a finding, and how to repeat it. */
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
