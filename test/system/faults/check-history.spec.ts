import { describe, expect, it } from 'vitest';
import type { CasCall } from '../../../sandbox/cas/cas-stats.js';
import type { Clause } from '../../support/history/promise.js';
import { type Breach, checkHistory } from './check-history.js';
import type { History, Join, Publish } from './history.js';

const TOKENS: Readonly<Record<number, string>> = { 1: 'token-1', 2: 'token-2', 3: 'token-3' };
/** By the database's clock, which tells another time than the recording process. */
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

/** The good history, with these parts instead of its own. */
const rulesOf = (parts: Partial<History>): Clause[] => [
  ...new Set(checkHistory({ ...good, ...parts }).map(({ rule }) => rule)),
];
const breachesOf = (parts: Partial<History>): Breach[] => checkHistory({ ...good, ...parts });

describe('a good history', () => {
  it('is found good', () => {
    expect(breachesOf({})).toEqual([]);
  });

  it('may be empty, or of refusals only', () => {
    expect(breachesOf({ joins: [], publishes: [], calls: [] })).toEqual([]);
    expect(breachesOf({ joins: good.joins.filter(({ grant }) => !grant), publishes: [] })).toEqual(
      [],
    );
  });

  it('may go back where two joins overlap', () => {
    expect(breachesOf({ joins: [join(1_100, 1_400, 2), join(1_390, 1_500, 1)] })).toEqual([]);
  });

  it('may have a token at CAS that nobody was given: one that came too late', () => {
    const lost = call(3, { answeredAt: 95, token: 'thrown away' });
    expect(breachesOf({ calls: [...good.calls, lost] })).toEqual([]);
  });

  it('may end a live generation by a re-key', () => {
    const publishes = [publish(1), publish(2, { reason: 'rekey', doneAt: DATABASE + 500 })];
    expect(breachesOf({ publishes })).toEqual([]);
  });

  it('keeps rooms apart', () => {
    const other = <Item extends object>(item: Item) => ({ ...item, room: 'other' });
    const token = { token: 'of another room', fingerprint: 'print-1' };
    const joins = [...good.joins, other(join(1_450, 1_500, 1, token))];
    const publishes = [...good.publishes, other(publish(1))];
    const calls = [...good.calls, call(1, { token: 'of another room' })];
    expect(breachesOf({ joins, publishes, calls })).toEqual([]);
  });
});

describe('one token per generation', () => {
  it('is broken by a second token', () => {
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

  it('is broken by a fingerprint that is not the published one', () => {
    expect(rulesOf({ publishes: [publish(1), publish(2, { fingerprint: 'odd' })] })).toEqual([
      'one token per generation',
    ]);
  });

  it('is broken by one token in two generations, or in two rooms', () => {
    const again = join(1_500, 1_600, 2, { token: 'token-1' });
    expect(rulesOf({ joins: [join(0, 200, 1), again] })).toEqual(['one token per generation']);
    const elsewhere = { ...join(0, 200, 1), room: 'other' };
    const publishes = [...good.publishes, publish(1, { room: 'other' })];
    expect(rulesOf({ joins: [...good.joins, elsewhere], publishes })).toEqual([
      'one token per generation',
    ]);
  });

  it('is broken by a generation that was published twice, or left out', () => {
    expect(rulesOf({ publishes: [...good.publishes, publish(2)] })).toEqual([
      'one token per generation',
    ]);
    expect(rulesOf({ joins: [join(0, 200, 1)], publishes: [publish(1), publish(3)] })).toEqual([
      'one token per generation',
    ]);
  });
});

describe('no generation before its publish', () => {
  it('is broken by one that was seen earlier', () => {
    const joins = [join(0, 200, 1), join(1_000, 1_099, 2)];
    expect(rulesOf({ joins })).toEqual(['no generation before its publish']);
    expect(rulesOf({ joins: [join(0, 200, 1), join(1_000, 1_100, 2)] })).toEqual([]);
  });

  it('is broken by one that was never published, or is lost again', () => {
    expect(rulesOf({ publishes: [publish(1)] })).toEqual(['no generation before its publish']);
  });

  it('is broken by a token that CAS never gave, or gave later', () => {
    expect(rulesOf({ calls: [call(1)] })).toEqual(['no generation before its publish']);
    const late = call(2, { answeredAt: 1_250 });
    expect(rulesOf({ calls: [call(1), late] })).toEqual(['no generation before its publish']);
  });
});

describe('never an older one', () => {
  it('is broken by a join that starts after a newer one has finished', () => {
    const joins = [...good.joins, join(1_201, 1_300, 1)];
    expect(rulesOf({ joins })).toEqual(['never an older generation']);
    expect(rulesOf({ joins: [...good.joins, join(1_200, 1_300, 1)] })).toEqual([]);
  });

  it('is broken however long ago the newer one was, and whoever saw it', () => {
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

describe('no new generation while the old one is live', () => {
  it('is broken by a publish before the end', () => {
    const early = publish(2, { doneAt: DATABASE + 999 });
    expect(breachesOf({ publishes: [publish(1), early] })).toEqual([
      {
        rule: 'no new generation while the old one is live',
        room: 'final',
        detail: 'generation 2 is there 1 ms before the end of the one before',
      },
    ]);
  });

  it('is broken though nobody was given the new one', () => {
    const joins = [join(0, 200, 1)];
    const publishes = [publish(1), publish(2, { doneAt: DATABASE + 1 })];
    expect(rulesOf({ joins, publishes })).toEqual(['no new generation while the old one is live']);
  });
});
