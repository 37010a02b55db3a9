import type { Instant } from './history.js';

/** A token that a join returned: the times of the join, and the end of the token's generation. */
export interface Sight {
  readonly generation: number;
  readonly token: string;
  readonly fingerprint: string;
  /** By the row's clock. */
  readonly serveUntil: Instant;
  /** By the observer's clock, like `endedAt`. */
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/** A generation that was written into the row. */
export interface Publication {
  readonly generation: number;
  readonly fingerprint: string;
  /** Unknown if only the row has it. */
  readonly token?: string;
  readonly serveUntil?: Instant;
  /** By the observer's clock: the earliest time at which a client can have the token. */
  readonly startedAt: Instant;
  /** By the row's clock. */
  readonly doneAt: Instant;
  readonly isRekey: boolean;
}

/** The observations of one room. Times are compared across clocks only if both clocks are the same. */
export interface Watched {
  readonly sights: readonly Sight[];
  readonly publishes: readonly Publication[];
  readonly clocks: 'one' | 'two';
}

/** The clauses of “one room, one token”, for every kind of observation; each yields its breaches. */
const PROMISE = {
  'one token per generation': oneToken,
  'no generation before its publish': notBeforePublish,
  'never an older generation': neverOlder,
  'no new generation while the old one is live': notWhileLive,
} satisfies Record<string, (watched: Watched) => Iterable<string>>;

export type Clause = keyof typeof PROMISE;
export const CLAUSES = Object.keys(PROMISE) as readonly Clause[];

/** Returns every place where the promise is broken. */
export function checkPromise(watched: Watched): { rule: Clause; detail: string }[] {
  return CLAUSES.flatMap((rule) =>
    Array.from(PROMISE[rule](watched), (detail) => ({ rule, detail })),
  );
}

/** Checks that each generation has one token and each token one generation; generations are 1, 2, 3 … */
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

/** Checks pairs of joins of which one finished before the other began. */
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

/** Checks that only a re-key ends a live generation. */
function* notWhileLive({ sights, publishes, clocks }: Watched): Iterable<string> {
  const lives = new Map<number, Instant>();
  for (const { generation, serveUntil = 0 } of [...publishes, ...sights])
    lives.set(generation, Math.max(serveUntil, lives.get(generation) ?? 0));
  const rekeyed = new Set(publishes.flatMap((each) => (each.isRekey ? [each.generation] : [])));
  const appearances = [
    ...publishes.map(({ generation, doneAt }) => ({ generation, at: doneAt })),
    // A token that a join returned was in the row at the end of the join at the latest.
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
