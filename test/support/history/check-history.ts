import type { History, Instant, Join, Seen } from './history.js';

export interface Promised {
  /** The longest that anybody waits for an answer, milliseconds. */
  readonly waitMs: number;
}

type Check = (history: History, promised: Promised) => Iterable<string>;

/** A join that got a token. */
interface Sight extends Seen {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/** The clauses of the promise; each tells how it was broken. */
const RULES = {
  'one token per generation': oneToken,
  'no generation before its publish': notBeforePublish,
  'never an older generation': neverOlder,
  'no new generation while the old one is live': notWhileLive,
  'a re-key ends what it names, once': endsWhatItNames,
  'one call per generation and lost term': oneCall,
  'nobody waits beyond the deadline': nobodyWaits,
  'what is live is handed out': liveIsServed,
} satisfies Record<string, Check>;

export type Rule = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as readonly Rule[];

export interface Violation {
  readonly rule: Rule;
  readonly detail: string;
}

/** Where a history breaks the promise; nowhere, if the list is empty. */
export function checkHistory(history: History, promised: Promised): Violation[] {
  return Object.entries(RULES).flatMap(([rule, check]) =>
    Array.from(check(history, promised), (detail) => ({ rule: rule as Rule, detail })),
  );
}

function sightsOf(joins: readonly Join[]): Sight[] {
  return joins.flatMap(({ answer, startedAt, endedAt }) =>
    typeof answer === 'string' ? [] : [{ ...answer, startedAt, endedAt }],
  );
}

function* oneToken({ joins, publishes }: History): Iterable<string> {
  const known = new Map<number, Seen>();
  for (const seen of [...publishes, ...sightsOf(joins)]) {
    const first = known.get(seen.generation);
    if (!first) known.set(seen.generation, seen);
    else if (first.token !== seen.token || first.fingerprint !== seen.fingerprint)
      yield `generation ${seen.generation} is ${first.fingerprint}, and ${seen.fingerprint}`;
  }
}

function* notBeforePublish({ joins, publishes }: History): Iterable<string> {
  const begun = new Map<number, Instant>();
  for (const { generation, startedAt } of publishes)
    begun.set(generation, Math.min(startedAt, begun.get(generation) ?? Infinity));
  for (const { generation, endedAt } of sightsOf(joins))
    if (endedAt < (begun.get(generation) ?? Infinity))
      yield `generation ${generation} was seen at ${endedAt}, published from ${begun.get(generation)}`;
}

function* neverOlder({ joins }: History): Iterable<string> {
  const sights = sightsOf(joins);
  const byEnd = sights.toSorted((a, b) => a.endedAt - b.endedAt);
  let finished = 0;
  let newest: Sight | undefined;
  for (const sight of sights.toSorted((a, b) => a.startedAt - b.startedAt)) {
    for (
      let next = byEnd[finished];
      next && next.endedAt < sight.startedAt;
      next = byEnd[finished]
    ) {
      if (!newest || next.generation > newest.generation) newest = next;
      finished += 1;
    }
    if (newest && sight.generation < newest.generation)
      yield (
        `generation ${sight.generation} for a join begun at ${sight.startedAt}, ` +
        `though ${newest.generation} was seen by ${newest.endedAt}`
      );
  }
}

function* notWhileLive({ joins, publishes }: History): Iterable<string> {
  const appearances = [
    ...publishes.map((publish) => ({ ...publish, at: publish.doneAt })),
    ...sightsOf(joins).map((sight) => ({ ...sight, at: sight.endedAt })),
  ];
  const lives = new Map<number, Instant>();
  for (const { generation, serveUntil } of appearances)
    lives.set(generation, Math.max(serveUntil, lives.get(generation) ?? 0));
  const rekeyed = new Set(
    publishes.flatMap(({ generation, named }) => (named === undefined ? [] : [generation])),
  );
  for (const { generation, at } of appearances) {
    const until = lives.get(generation - 1) ?? 0;
    if (at < until && !rekeyed.has(generation))
      yield `generation ${generation} is there at ${at}, the one before is live until ${until}`;
  }
}

/** Of several who name the same generation one gets the next, and the others are told that it changed. */
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

/** Between two publishes there is one call, and one more for each term that was lost. */
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
