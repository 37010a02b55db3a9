import { describe, expect, it } from 'vitest';
import { checkHistory, type Rule } from '../../support/history/check-history.js';
import type { History, Join, Publish, Rekey, Seen } from '../../support/history/history.js';

const PROMISED = { waitMs: 10_000 };

/** Generation n is live from 10 000 n + 1 000 to 10 000 (n + 1). */
function seen(generation: number, token = `token ${generation}`): Seen {
  const serveUntil = 10_000 * (generation + 1);
  return { generation, token, fingerprint: `of ${token}`, serveUntil };
}

function join(startedAt: number, endedAt: number, answer: Join['answer'], heldMs = 0): Join {
  return { replica: 'one', startedAt, endedAt, answer, heldMs };
}

function publish(generation: number, changes: Partial<Publish> = {}): Publish {
  const doneAt = 10_000 * generation + 1_000;
  return { replica: 'one', ...seen(generation), startedAt: doneAt - 10, doneAt, ...changes };
}

function history(parts: Partial<History>): History {
  return {
    joins: [],
    calls: [],
    publishes: [publish(1), publish(2)],
    lostTerms: [],
    rekeys: [],
    ...parts,
  };
}

const call = (startedAt: number) => ({ replica: 'one', startedAt });
const calls = [call(10_500), call(20_500)];

/** A re-key of generation 1, which ends at 15 000. */
const early = [publish(1), publish(2, { startedAt: 15_000, doneAt: 15_010, named: 1 })];
const rekeyed = { publishes: early, calls: [call(10_500), call(14_000)] };
function rekey(named: number, answer: Rekey['answer'], endedAt = 15_020): Rekey {
  return { replica: 'one', named, startedAt: 13_900, endedAt, answer };
}

const rulesBroken = (parts: Partial<History>) => [
  ...new Set(checkHistory(history({ calls, ...parts }), PROMISED).map(({ rule }) => rule)),
];

describe('histories that keep the promise', () => {
  it.each<[string, Partial<History>]>([
    ['in which nothing happens', { calls: [], publishes: [] }],
    [
      'of two generations',
      { joins: [join(10_000, 11_001, seen(1)), join(20_100, 21_001, seen(2))] },
    ],
    [
      'in which joins at the same time see two generations',
      { joins: [join(19_990, 21_500, seen(1)), join(20_100, 21_001, seen(2))] },
    ],
    [
      'in which a publish is seen before its answer',
      {
        joins: [join(10_900, 10_995, seen(1))],
        publishes: [publish(1, { doneAt: 11_200 }), publish(2)],
      },
    ],
    ['in which a join is refused while there is no token', { joins: [join(100, 200, 'no token')] }],
    [
      'in which the database fails while a token is live',
      { joins: [join(12_000, 12_100, 'fault')] },
    ],
    [
      'in which a refusal began before the token was there',
      { joins: [join(10_990, 12_000, 'no token')] },
    ],
    [
      'in which an expired lease costs one more call',
      { calls: [call(1_000), ...calls], lostTerms: [{ at: 9_000, why: 'expired' }] },
    ],
    ['that ends in the middle of a call', { calls: [...calls, call(30_100)] }],
    [
      'in which a join waits for a process that is paused',
      { joins: [join(0, 15_000, 'fault', 5_500)] },
    ],
  ])('a history %s keeps the promise', (_, parts) => {
    expect(rulesBroken(parts)).toEqual([]);
  });

  it('a re-key may end a live generation, and another re-key then gets changed', () => {
    const rekeys = [rekey(1, 2), rekey(1, 'changed'), rekey(2, 'no token')];
    expect(rulesBroken({ ...rekeyed, rekeys })).toEqual([]);
  });

  it('nothing may be served after the generation of a re-key has ended', () => {
    const brief = [publish(1), publish(2, { ...early[1], serveUntil: 15_500 })];
    const joins = [join(16_000, 16_100, 'no token')];
    expect(rulesBroken({ ...rekeyed, publishes: brief, joins })).toEqual([]);
  });
});

describe('histories that break the promise', () => {
  it.each<[string, Rule, Partial<History>]>([
    [
      'two joins see two tokens of one generation',
      'one token per generation',
      { joins: [join(12_000, 12_100, seen(1)), join(12_000, 12_100, seen(1, 'another'))] },
    ],
    [
      'a join sees another token than the published one',
      'one token per generation',
      { joins: [join(12_000, 12_100, seen(1, 'another'))] },
    ],
    [
      'the fingerprint of a token changes',
      'one token per generation',
      { joins: [join(12_000, 12_100, { ...seen(1), fingerprint: 'another' })] },
    ],
    [
      'a generation is published twice',
      'one token per generation',
      {
        publishes: [publish(1), publish(1, { ...seen(1, 'another'), doneAt: 11_200 }), publish(2)],
        calls: [call(11_100), ...calls],
      },
    ],
    [
      'a generation is seen before its publish began',
      'no generation before its publish',
      { joins: [join(10_000, 10_989, seen(1))] },
    ],
    [
      'a generation is seen that was never published',
      'no generation before its publish',
      { joins: [join(30_500, 31_000, seen(3))] },
    ],
    [
      'a join gets the generation before the newest generation seen',
      'never an older generation',
      { joins: [join(20_900, 21_001, seen(2)), join(21_002, 21_100, seen(1))] },
    ],
    [
      'a join gets an older generation than a much earlier join',
      'never an older generation',
      {
        joins: [
          join(21_200, 21_900, seen(2)),
          join(21_000, 21_100, seen(2)),
          join(20_000, 29_000, seen(1)),
          join(21_101, 21_150, seen(1)),
        ],
      },
    ],
    [
      'a new generation is published while the old one is live',
      'no new generation while the old one is live',
      {
        publishes: [publish(1), publish(2, { doneAt: 19_999 })],
        calls: [call(10_500), call(19_000)],
      },
    ],
    [
      'a new generation is seen while the old one is live',
      'no new generation while the old one is live',
      {
        joins: [join(19_000, 19_900, seen(2))],
        publishes: [publish(1), publish(2, { startedAt: 19_000 })],
      },
    ],
    [
      'a re-key ends another generation than the named one',
      'a re-key ends what it names, once',
      {
        publishes: [publish(1), publish(2), publish(3, { named: 1 })],
        calls: [...calls, call(30_500)],
      },
    ],
    [
      'a re-key gets another generation than the next one',
      'a re-key ends what it names, once',
      { ...rekeyed, rekeys: [rekey(1, 3)] },
    ],
    [
      'two re-keys of one generation get a new one',
      'a re-key ends what it names, once',
      { ...rekeyed, rekeys: [rekey(1, 2), rekey(1, 2)] },
    ],
    [
      'a re-key gets changed before the generation has changed',
      'a re-key ends what it names, once',
      { ...rekeyed, rekeys: [rekey(1, 'changed', 14_990)] },
    ],
    [
      'a generation costs two calls although no lease has expired',
      'one call per generation and lost term',
      { calls: [call(10_400), ...calls] },
    ],
    [
      'an expired lease costs two more calls',
      'one call per generation and lost term',
      { calls: [call(1_000), call(9_500), ...calls], lostTerms: [{ at: 9_000, why: 'expired' }] },
    ],
    [
      'a generation costs two calls and a lease of another generation has expired',
      'one call per generation and lost term',
      { calls: [call(10_400), ...calls], lostTerms: [{ at: 20_000, why: 'expired' }] },
    ],
    [
      'a generation is published without a call',
      'one call per generation and lost term',
      { calls: [call(10_500)] },
    ],
    [
      'a join waits beyond its deadline',
      'nobody waits beyond the deadline',
      { joins: [join(0, 10_001, 'no token')] },
    ],
    [
      'a join waits beyond its deadline plus the pause of a process',
      'nobody waits beyond the deadline',
      { joins: [join(0, 15_001, seen(1), 5_000)] },
    ],
    [
      'a join is refused while a token is live',
      'what is live is handed out',
      { joins: [join(12_000, 13_000, 'no token')] },
    ],
  ])('a history breaks the promise if %s', (_, rule, parts) => {
    expect(rulesBroken(parts)).toEqual([rule]);
  });
});
