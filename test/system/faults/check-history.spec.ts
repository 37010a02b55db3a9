import { describe, expect, it } from 'vitest';
import type { CasCall } from '../../../sandbox/cas/cas-stats.js';
import type { Clause } from '../../support/history/promise.js';
import { type Breach, checkHistory } from './check-history.js';
import type { History, Join, Publish } from './history.js';

const TOKENS: Readonly<Record<number, string>> = { 1: 'token-1', 2: 'token-2', 3: 'token-3' };
/** Times by the database's clock, which differs from the recording process's clock. */
const DATABASE = 1_800_000_000_000;

function join(startedAt: number, endedAt: number, generation: number, changes = {}): Join {
  const grant = {
    generation,
    token: TOKENS[generation] ?? '',
    fingerprint: `print-${generation}`,
    serveUntil: DATABASE + generation * 1_000,
    ...changes,
  };
  return { room: 'final', replica: 0, startedAt, endedAt, grant };
}

function publish(generation: number, changes: Partial<Publish> = {}): Publish {
  const startedAt = generation * 1_000 - 900;
  return {
    room: 'final',
    generation,
    fingerprint: `print-${generation}`,
    reason: generation === 1 ? 'first' : 'expired',
    doneAt: DATABASE + (generation - 1) * 1_000,
    startedAt,
    ...changes,
  };
}

function call(generation: number, changes: Partial<CasCall> = {}): CasCall {
  const answeredAt = generation * 1_000 - 910;
  const token = TOKENS[generation] ?? null;
  return {
    beganAt: answeredAt - 10,
    answeredAt,
    endedAt: answeredAt,
    status: 200,
    token,
    ...changes,
  };
}

const good: History = {
  joins: [
    join(0, 200, 1),
    join(50, 210, 1),
    { room: 'final', replica: 2, startedAt: 300, endedAt: 400, problem: 'database_unavailable' },
    join(900, 1_300, 1),
    join(1_000, 1_200, 2),
    join(1_250, 1_400, 2),
  ],
  publishes: [publish(1), publish(2)],
  calls: [call(1), call(2)],
};

/** Returns the rules that the good history breaks with these parts in place of its own. */
const rulesOf = (parts: Partial<History>): Clause[] => [
  ...new Set(checkHistory({ ...good, ...parts }).map(({ rule }) => rule)),
];
const breachesOf = (parts: Partial<History>): Breach[] => checkHistory({ ...good, ...parts });

describe('a history that keeps the promise', () => {
  it('the good history breaks no rule', () => {
    expect(breachesOf({})).toEqual([]);
  });

  it('an empty history and a history of refusals break no rule', () => {
    expect(breachesOf({ joins: [], publishes: [], calls: [] })).toEqual([]);
    expect(breachesOf({ joins: good.joins.filter(({ grant }) => !grant), publishes: [] })).toEqual(
      [],
    );
  });

  it('overlapping joins may see an older generation after a newer one', () => {
    expect(breachesOf({ joins: [join(1_100, 1_400, 2), join(1_390, 1_500, 1)] })).toEqual([]);
  });

  it('a token of CAS that came too late and was given to nobody breaks no rule', () => {
    const lost = call(3, { answeredAt: 95, token: 'thrown away' });
    expect(breachesOf({ calls: [...good.calls, lost] })).toEqual([]);
  });

  it('a re-key may end a live generation', () => {
    const publishes = [publish(1), publish(2, { reason: 'rekey', doneAt: DATABASE + 500 })];
    expect(breachesOf({ publishes })).toEqual([]);
  });

  it('the rooms of a history are checked separately', () => {
    const other = <Item extends object>(item: Item) => ({ ...item, room: 'other' });
    const token = { token: 'of another room', fingerprint: 'print-1' };
    const joins = [...good.joins, other(join(1_450, 1_500, 1, token))];
    const publishes = [...good.publishes, other(publish(1))];
    const calls = [...good.calls, call(1, { token: 'of another room' })];
    expect(breachesOf({ joins, publishes, calls })).toEqual([]);
  });
});

describe('the rule of one token per generation', () => {
  it('a second token breaks the rule', () => {
    const joins = [...good.joins, join(1_250, 1_400, 2, { token: 'token-2b' })];
    const calls = [...good.calls, call(2, { token: 'token-2b' })];
    expect(breachesOf({ joins, calls })).toEqual([
      {
        rule: 'one token per generation',
        room: 'final',
        detail: 'generation 2 has two tokens',
      },
    ]);
  });

  it('a fingerprint that differs from the published one breaks the rule', () => {
    expect(rulesOf({ publishes: [publish(1), publish(2, { fingerprint: 'odd' })] })).toEqual([
      'one token per generation',
    ]);
  });

  it('one token in two generations or in two rooms breaks the rule', () => {
    const again = join(1_500, 1_600, 2, { token: 'token-1' });
    expect(rulesOf({ joins: [join(0, 200, 1), again] })).toEqual(['one token per generation']);
    const elsewhere = { ...join(0, 200, 1), room: 'other' };
    const publishes = [...good.publishes, publish(1, { room: 'other' })];
    expect(rulesOf({ joins: [...good.joins, elsewhere], publishes })).toEqual([
      'one token per generation',
    ]);
  });

  it('a generation that was published twice or left out breaks the rule', () => {
    expect(rulesOf({ publishes: [...good.publishes, publish(2)] })).toEqual([
      'one token per generation',
    ]);
    expect(rulesOf({ joins: [join(0, 200, 1)], publishes: [publish(1), publish(3)] })).toEqual([
      'one token per generation',
    ]);
  });
});

describe('the rule of no generation before its publish', () => {
  it('a generation that was seen before its publish breaks the rule', () => {
    const joins = [join(0, 200, 1), join(1_000, 1_099, 2)];
    expect(rulesOf({ joins })).toEqual(['no generation before its publish']);
    expect(rulesOf({ joins: [join(0, 200, 1), join(1_000, 1_100, 2)] })).toEqual([]);
  });

  it('a generation that was never published, or was lost again, breaks the rule', () => {
    expect(rulesOf({ publishes: [publish(1)] })).toEqual(['no generation before its publish']);
  });

  it('a token that CAS never gave, or gave later, breaks the rule', () => {
    expect(rulesOf({ calls: [call(1)] })).toEqual(['no generation before its publish']);
    const late = call(2, { answeredAt: 1_250 });
    expect(rulesOf({ calls: [call(1), late] })).toEqual(['no generation before its publish']);
  });
});

describe('the rule of never an older generation', () => {
  it('a join that starts after a join of a newer generation has finished breaks the rule', () => {
    const joins = [...good.joins, join(1_201, 1_300, 1)];
    expect(rulesOf({ joins })).toEqual(['never an older generation']);
    expect(rulesOf({ joins: [...good.joins, join(1_200, 1_300, 1)] })).toEqual([]);
  });

  it('a join of an older generation breaks the rule, however long ago and by whomever the newer was seen', () => {
    const later = { ...join(9_000, 9_100, 1), replica: 2 };
    expect(breachesOf({ joins: [...good.joins, later] })).toEqual([
      {
        rule: 'never an older generation',
        room: 'final',
        detail: 'generation 1 for a join begun at 9000, though 2 was seen by 1200',
      },
    ]);
  });
});

describe('the rule of no new generation while the old one is live', () => {
  it('a publish before the end of the old generation breaks the rule', () => {
    const early = publish(2, { doneAt: DATABASE + 999 });
    expect(breachesOf({ publishes: [publish(1), early] })).toEqual([
      {
        rule: 'no new generation while the old one is live',
        room: 'final',
        detail: 'generation 2 is there 1 ms before the end of the one before',
      },
    ]);
  });

  it('an early publish breaks the rule even if nobody was given the new generation', () => {
    const joins = [join(0, 200, 1)];
    const publishes = [publish(1), publish(2, { doneAt: DATABASE + 1 })];
    expect(rulesOf({ joins, publishes })).toEqual(['no new generation while the old one is live']);
  });
});
