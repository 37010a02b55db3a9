import type { History, Instant, Join } from './history.js';
import { checkPromise, CLAUSES, type Clause, type Sight } from './promise.js';

export interface Promised {
  /** The longest time that a join may wait for its answer, in milliseconds. */
  readonly waitMs: number;
}

type Check = (history: History, promised: Promised) => Iterable<string>;

/** Rules for complete histories, in which the calls, the leases and the re-keys are recorded. */
const RULES = {
  'a re-key ends what it names, once': endsWhatItNames,
  'one call per generation and lost term': oneCall,
  'nobody waits beyond the deadline': nobodyWaits,
  'what is live is handed out': liveIsServed,
} satisfies Record<string, Check>;

export type Rule = Clause | keyof typeof RULES;

export const RULE_NAMES: readonly Rule[] = [
  ...CLAUSES,
  ...(Object.keys(RULES) as (keyof typeof RULES)[]),
];

export interface Violation {
  readonly rule: Rule;
  readonly detail: string;
}

/** Returns every place where a history breaks the promise. */
export function checkHistory(history: History, promised: Promised): Violation[] {
  const { joins, publishes } = history;
  const watched = {
    sights: sightsOf(joins),
    publishes: publishes.map((each) => ({ ...each, isRekey: each.named !== undefined })),
    clocks: 'one',
  } as const;
  const broken = Object.entries(RULES).flatMap(([rule, check]) =>
    Array.from(check(history, promised), (detail) => ({ rule: rule as Rule, detail })),
  );
  return [...checkPromise(watched), ...broken];
}

function sightsOf(joins: readonly Join[]): Sight[] {
  return joins.flatMap(({ answer, startedAt, endedAt }) =>
    typeof answer === 'string' ? [] : [{ ...answer, startedAt, endedAt }],
  );
}

/** Of several re-keys of the same generation, one gets the next generation and the others `changed`. */
function* endsWhatItNames({ publishes, rekeys }: History): Iterable<string> {
  for (const { generation, named } of publishes)
    if (named !== undefined && generation !== named + 1)
      yield `a re-key of generation ${named} ended ${generation - 1}`;
  const lucky = new Set<number>();
  for (const { named, answer, replica, endedAt } of rekeys) {
    const isOver = () =>
      publishes.some(({ generation, startedAt }) => generation > named && startedAt <= endedAt);
    if (answer === 'changed' && !isOver())
      yield `${replica} was told that generation ${named} had changed, which it had not`;
    if (typeof answer !== 'number') continue;
    if (answer !== named + 1) yield `a re-key of generation ${named} gave ${answer}`;
    if (lucky.has(named)) yield `two re-keys of generation ${named} gave a new one`;
    lucky.add(named);
  }
}

/** Each publish costs one call, and another call for each term that was lost. */
function* oneCall({ calls, publishes, lostTerms }: History): Iterable<string> {
  const ends = publishes.map(({ doneAt }) => doneAt).toSorted((a, b) => a - b);
  let from = -Infinity;
  for (const until of [...ends, Infinity]) {
    const within = (at: Instant) => at > from && at <= until;
    const made = calls.filter(({ startedAt }) => within(startedAt)).length;
    const lost = lostTerms.filter(({ at }) => within(at)).length;
    if (made > 1 + lost) yield `${made} calls from ${from} to ${until}, and ${lost} lost terms`;
    if (made === 0 && until !== Infinity) yield `the publish at ${until} had no call of its own`;
    from = until;
  }
}

function* nobodyWaits({ joins }: History, { waitMs }: Promised): Iterable<string> {
  for (const { startedAt, endedAt, heldMs = 0 } of joins)
    if (endedAt - startedAt - heldMs > waitMs)
      yield `a join of ${startedAt} was answered at ${endedAt}, held for ${heldMs} ms`;
}

function* liveIsServed({ joins, publishes }: History): Iterable<string> {
  for (const { answer, startedAt, endedAt } of joins) {
    if (answer !== 'no token') continue;
    const live = publishes.find(
      (each) =>
        each.doneAt < startedAt &&
        endedAt < each.serveUntil &&
        !publishes.some((next) => next.generation > each.generation && next.startedAt < endedAt),
    );
    if (live)
      yield `a join from ${startedAt} to ${endedAt} got none, generation ${live.generation} was live`;
  }
}
