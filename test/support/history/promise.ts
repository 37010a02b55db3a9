import type { Instant } from './history.js';

/** A token in somebody's hands: when he asked and had it, and until when its generation is live. */
export interface Sight {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  /** By the row's clock. */
  readonly serveUntil: Instant;
  /** By the watcher's clock, as `endedAt`. */
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/** A generation that came into the row. */
export interface Publication {
  readonly generation: number;
  readonly fingerprint: string;
  /** Where only the row tells of it, it is not known. */
  readonly token?: string;
  readonly serveUntil?: Instant;
  /** By the watcher's clock: nobody can have had the token before. */
  readonly startedAt: Instant;
  /** By the row's clock. */
  readonly doneAt: Instant;
  readonly isRekey: boolean;
}

/** What was seen of one room. The two clocks are compared only where they are the same one. */
export interface Watched {
  readonly sights: readonly Sight[];
  readonly publishes: readonly Publication[];
  readonly clocks: 'one' | 'two';
}

/** One room, one token: what holds whoever watches, and however. Each tells how it was broken. */
const PROMISE = {
  'one token per generation': oneToken,
  'no generation before its publish': notBeforePublish,
  'never an older generation': neverOlder,
  'no new generation while the old one is live': notWhileLive,
} satisfies Record<string, (watched: Watched) => Iterable<string>>;

export type Clause = keyof typeof PROMISE;
export const CLAUSES = Object.keys(PROMISE) as readonly Clause[];

/** Where the promise is broken; nowhere, if the list is empty. */
export function checkPromise(watched: Watched): { rule: Clause; detail: string }[] {
  return CLAUSES.flatMap((rule) =>
    Array.from(PROMISE[rule](watched), (detail) => ({ rule, detail })),
  );
}

/** And one generation per token; generations are 1, 2, 3 … */
function* oneToken({ sights, publishes }: Watched): Iterable<string> {
  const prints = new Map<number, string>();
  const tokens = new Map<number, string>();
  const owners = new Map<string, number>();
  for (const { generation, token, fingerprint } of [...publishes, ...sights]) {
    const print = prints.get(generation) ?? fingerprint;
    prints.set(generation, print);
    if (print !== fingerprint) yield `generation ${generation} is ${print}, and ${fingerprint}`;
    if (token === undefined) continue;
    const first = tokens.get(generation) ?? token;
    tokens.set(generation, first);
    if (first !== token) yield `generation ${generation} has two tokens`;
    const owner = owners.get(token) ?? generation;
    owners.set(token, owner);
    if (owner !== generation) yield `generation ${generation} has the token of ${owner}`;
  }
  const numbers = publishes.map(({ generation }) => generation).toSorted((a, b) => a - b);
  const odd = numbers.findIndex((number, index) => number !== index + 1);
  if (odd >= 0) yield `generation ${numbers[odd]} was published as number ${odd + 1}`;
}

function* notBeforePublish({ sights, publishes }: Watched): Iterable<string> {
  const begun = new Map<number, Instant>();
  for (const { generation, startedAt } of publishes)
    begun.set(generation, Math.min(startedAt, begun.get(generation) ?? Infinity));
  for (const { generation, endedAt } of sights) {
    const from = begun.get(generation);
    if (from === undefined) yield `generation ${generation} was seen, and never published`;
    else if (endedAt < from)
      yield `generation ${generation} was seen at ${endedAt}, published from ${from}`;
  }
}

/** Of two joins of which one had finished before the other began. */
function* neverOlder({ sights }: Watched): Iterable<string> {
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

/** But by a re-key. */
function* notWhileLive({ sights, publishes, clocks }: Watched): Iterable<string> {
  const lives = new Map<number, Instant>();
  for (const { generation, serveUntil = 0 } of [...publishes, ...sights])
    lives.set(generation, Math.max(serveUntil, lives.get(generation) ?? 0));
  const rekeyed = new Set(publishes.flatMap((each) => (each.isRekey ? [each.generation] : [])));
  const appearances = [
    ...publishes.map(({ generation, doneAt }) => ({ generation, at: doneAt })),
    // Seen before it was there, by the answer: no less there.
    ...(clocks === 'one' ? sights : []).map(({ generation, endedAt }) => ({
      generation,
      at: endedAt,
    })),
  ];
  for (const { generation, at } of appearances) {
    const until = lives.get(generation - 1) ?? 0;
    if (at < until && !rekeyed.has(generation))
      yield `generation ${generation} is there ${until - at} ms before the end of the one before`;
  }
}
