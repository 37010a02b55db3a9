import type { Grant, History, Join, Publish } from './history.js';

export type Rule = 'one token' | 'not before its publish' | 'never older' | 'not while live';

/** Where a history breaks the promise. */
export interface Breach {
  readonly rule: Rule;
  readonly room: string;
  readonly generation: number;
  readonly what: string;
}

type Granted = Join & { readonly grant: Grant };
const isGranted = (join: Join): join is Granted => join.grant !== undefined;

/** Everything in a history that breaks the promise of one room, one token; nothing is as it must be. */
export function checkHistory({ joins, publishes, calls }: History): Breach[] {
  const granted = joins.filter(isGranted);
  const givenAt = new Map(calls.map(({ token, answeredAt }) => [token, answeredAt]));
  const published = groupBy(publishes, ({ room }) => room);
  const breaches = sharedTokens(granted);
  for (const [room, seen] of groupBy(granted, (join) => join.room)) {
    const generations = published.get(room) ?? [];
    breaches.push(...twoTokens(seen, generations));
    breaches.push(...tooEarly(seen, generations, givenAt));
    breaches.push(...goingBack(seen));
    breaches.push(...whileLive(seen, generations));
  }
  return breaches;
}

export function groupBy<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key) {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** One token value stands for one generation of one room. */
function sharedTokens(granted: readonly Granted[]): Breach[] {
  const owners = new Map<string, Granted>();
  return granted.flatMap((join) => {
    const { room, grant } = join;
    const owner = owners.get(grant.token) ?? join;
    owners.set(grant.token, owner);
    if (owner.room === room && owner.grant.generation === grant.generation) return [];
    const what = `its token is that of ${owner.room}, generation ${owner.grant.generation}`;
    return [{ rule: 'one token', room, generation: grant.generation, what } as const];
  });
}

function twoTokens(seen: readonly Granted[], generations: readonly Publish[]): Breach[] {
  const fingerprints = new Map(generations.map((each) => [each.generation, each.fingerprint]));
  const breaches: Breach[] = [];
  for (const [generation, joins] of groupBy(seen, ({ grant }) => grant.generation)) {
    const [first] = joins as [Granted];
    const note = (what: string) =>
      breaches.push({ rule: 'one token', room: first.room, generation, what });
    const tokens = new Set(joins.map(({ grant }) => grant.token)).size;
    if (tokens > 1) note(`${tokens} tokens were handed out`);
    const stored = fingerprints.get(generation) ?? first.grant.fingerprint;
    if (joins.some(({ grant }) => grant.fingerprint !== stored))
      note('the fingerprint is not the published one');
  }
  const numbers = generations.map(({ generation }) => generation).sort((a, b) => a - b);
  const odd = numbers.findIndex((number, index) => number !== index + 1);
  if (odd >= 0)
    breaches.push({
      rule: 'one token',
      room: seen[0]?.room ?? '',
      generation: numbers[odd] ?? 0,
      what: 'the published generations are not 1, 2, 3 …',
    });
  return breaches;
}

function tooEarly(
  seen: readonly Granted[],
  generations: readonly Publish[],
  givenAt: ReadonlyMap<string | null, number | null>,
): Breach[] {
  const began = new Map(generations.map((each) => [each.generation, each.beganAt]));
  return seen.flatMap(({ room, endedAt, grant: { generation, token } }) => {
    const note = (what: string) => [
      { rule: 'not before its publish', room, generation, what } as const,
    ];
    const beganAt = began.get(generation);
    if (beganAt === undefined) return note('was never published');
    if (endedAt < beganAt) return note(`was seen ${beganAt - endedAt} ms before its publish`);
    const answeredAt = givenAt.get(token) ?? null;
    if (answeredAt === null) return note('has a token that CAS never gave');
    return endedAt < answeredAt ? note('was seen before CAS gave its token') : [];
  });
}

function goingBack(seen: readonly Granted[]): Breach[] {
  const byEnd = seen.toSorted((a, b) => a.endedAt - b.endedAt);
  const breaches: Breach[] = [];
  let finished = 0;
  let newest = 0;
  for (const { room, startedAt, grant } of seen.toSorted((a, b) => a.startedAt - b.startedAt)) {
    for (let next = byEnd[finished]; next && next.endedAt < startedAt; next = byEnd[finished]) {
      newest = Math.max(newest, next.grant.generation);
      finished += 1;
    }
    const { generation } = grant;
    if (generation >= newest) continue;
    const what = `was seen after generation ${newest} had been seen`;
    breaches.push({ rule: 'never older', room, generation, what });
  }
  return breaches;
}

/** Whether a generation was still live is known of those that somebody was given. */
function whileLive(seen: readonly Granted[], generations: readonly Publish[]): Breach[] {
  const liveUntil = new Map<number, number>();
  for (const { grant } of seen)
    liveUntil.set(
      grant.generation,
      Math.max(grant.liveUntil, liveUntil.get(grant.generation) ?? 0),
    );
  return generations.flatMap(({ room, generation, reason, publishedAt }) => {
    const left = (liveUntil.get(generation - 1) ?? 0) - publishedAt;
    if (reason === 'rekey' || left <= 0) return [];
    const what = `was published ${left} ms before the end of the one before`;
    return [{ rule: 'not while live', room, generation, what } as const];
  });
}
