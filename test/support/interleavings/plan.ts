import fc from 'fast-check';

/**
 * The fate of a statement. Many other statements pass before the answer to a `slow` statement; a
 * `late` statement takes effect long after its caller has stopped waiting.
 */
export type Fate = 'fine' | 'slow' | 'not done' | 'answer lost' | 'late';

/** The result of a call of the source, and what happens to the replica when the answer arrives. */
export interface CallPlan {
  readonly comes: 'a token' | 'a failure' | 'nothing' | 'a lost answer';
  readonly lifeSeconds: number;
  readonly retryAfter: number | undefined;
  readonly afterwards: 'nothing' | 'stop' | 'crash';
  readonly stopMs: number;
}

export interface Mishap {
  readonly afterMs: number;
  readonly replica: number;
  /** `renew`: the ticker's work at the end of a token; `re-key`: re-keys at two replicas at once. */
  readonly kind: 'stop' | 'crash' | 'shut down' | 'renew' | 're-key';
  readonly stopMs: number;
}

export interface Visit {
  readonly replica: number;
  readonly afterMs: number;
}

/** The clients and the faults of one run; a list that is too short is repeated. */
export interface Plan {
  /** The seed of the order of events. */
  readonly order: number;
  readonly replicas: number;
  /** The jitter of the pauses between polls, from 0 to 1. */
  readonly jitter: number;
  readonly clients: readonly (readonly Visit[])[];
  readonly mishaps: readonly Mishap[];
  readonly calls: readonly CallPlan[];
  readonly reads: readonly Fate[];
  readonly writes: readonly Fate[];
  /** How far time advances at each of its turns, in milliseconds. */
  readonly jumps: readonly number[];
}

const oneOf = <Value>(...weighted: [weight: number, ...values: Value[]][]) =>
  fc.oneof(
    ...weighted.map(([weight, ...values]) => ({ weight, arbitrary: fc.constantFrom(...values) })),
  );

const replica = fc.nat(2);
const afterMs = oneOf([4, 0], [3, 1, 30, 90, 150], [3, 700, 1_500, 3_000], [1, 6_500]);
const stopMs = fc.constantFrom(2_500, 6_100, 7_500, 12_000);
const lifeSeconds = oneOf([4, 2, 3, 6], [2, 10, 40, 3_600]);

const fineCall = fc.record<CallPlan>({
  comes: fc.constant('a token'),
  lifeSeconds: oneOf([4, 2, 3], [1, 6, 40]),
  retryAfter: fc.constant(undefined),
  afterwards: fc.constant('nothing'),
  stopMs: fc.constant(0),
});

const call = fc.record<CallPlan>({
  comes: oneOf([8, 'a token'], [1, 'a failure', 'nothing', 'a lost answer']),
  lifeSeconds: fc.oneof(
    { weight: 9, arbitrary: lifeSeconds },
    { weight: 1, arbitrary: fc.constant(1) },
  ),
  retryAfter: oneOf<number | undefined>([2, undefined], [1, 1, 4, 20]),
  afterwards: oneOf([6, 'nothing'], [3, 'stop'], [1, 'crash']),
  stopMs,
});

const mishap = fc.record<Mishap>({
  afterMs: fc.oneof(afterMs, fc.constantFrom(2_000, 4_000, 8_000)),
  replica,
  kind: oneOf([3, 'renew'], [2, 're-key'], [1, 'stop', 'crash', 'shut down']),
  stopMs,
});

/** Generates events that are not faults. */
const event = mishap.map((each): Mishap => ({
  ...each,
  kind: each.kind === 're-key' ? each.kind : 'renew',
}));
const some = <Value>(each: fc.Arbitrary<Value>, minLength: number, maxLength: number) =>
  fc.array(each, { minLength, maxLength, size: 'max' });
const fine = some(oneOf<Fate>([3, 'fine'], [1, 'slow']), 12, 12);
const faulty = (rarely: number) =>
  some(
    oneOf<Fate>([rarely, 'fine', 'fine', 'slow'], [1, 'not done', 'answer lost', 'late']),
    12,
    12,
  );

const clients = (afterMs: fc.Arbitrary<number>, least: number, most: number) =>
  some(some(fc.record<Visit>({ replica, afterMs }), 1, most), least, 5);

const always = {
  order: fc.noShrink(fc.nat()),
  replicas: fc.integer({ min: 2, max: 3 }),
  jitter: fc.constantFrom(0, 0.3, 0.7, 1),
  jumps: some(oneOf([4, 1, 20, 90], [3, 300, 900], [2, 2_000, 5_000]), 8, 8),
};

/** Generates plans; a third of them have no faults. */
export const plans: fc.Arbitrary<Plan> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record<Plan>({
      ...always,
      clients: clients(fc.constantFrom(0, 0, 1, 30, 150, 700, 1_500), 4, 8),
      mishaps: some(event, 0, 3),
      calls: some(fineCall, 4, 4),
      reads: fine,
      writes: fine,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record<Plan>({
      ...always,
      clients: clients(afterMs, 2, 5),
      mishaps: some(mishap, 0, 4),
      calls: some(call, 6, 6),
      reads: fc.oneof(fine, faulty(60)),
      writes: fc.oneof(fine, faulty(9)),
    }),
  },
);

/** Returns the entries of a list in turn, again and again. */
export function cycle<Value>(values: readonly Value[]): () => Value {
  let next = 0;
  return () => {
    const value = values[next % values.length];
    next += 1;
    if (value === undefined) throw new Error('a plan has an empty list');
    return value;
  };
}
