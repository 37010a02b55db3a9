import { describe, expect, it } from 'vitest';
import { BatchWriter } from './batch-writer.js';

class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** A writer that turns words into capitals; like a statement, it writes all words or none. */
function scripted(trouble: Record<string, string> = {}) {
  const statements: string[][] = [];
  const lockTimeouts = new Set<string>();
  const underWay = { now: 0, most: 0 };
  const writes = new BatchWriter<string, string>(
    async (words, lockTimeout) => {
      statements.push([...words]);
      lockTimeouts.add(`${words.length > 1 ? 'shared' : 'alone'}: ${lockTimeout} ms`);
      underWay.most = Math.max(underWay.most, (underWay.now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay.now -= 1;
      const code = words.map((word) => trouble[word]).find(Boolean);
      if (code !== undefined) throw new Refused(code);
      const written = words.filter((word) => word !== 'nobody');
      return new Map(written.map((word) => [word, word.toUpperCase()]));
    },
    (word) => word.split(' ')[0] ?? '',
  );
  const write = (...words: string[]) =>
    Promise.allSettled(words.map((word) => writes.write(word))).then((results) =>
      results.map((result) =>
        result.status === 'fulfilled' ? result.value : (result.reason as Refused).code,
      ),
    );
  return { statements, lockTimeouts, underWay, write };
}

describe('a shared write', () => {
  it('simultaneous rows are written by one statement, and each caller gets its own answer', async () => {
    const { statements, write } = scripted();
    expect(await write('ann', 'nobody', 'ben')).toEqual(['ANN', undefined, 'BEN']);
    expect(statements).toEqual([['ann', 'nobody', 'ben']]);
  });

  it.each([
    ['a broken constraint', '23503'],
    ['a deadlock', '40P01'],
    ['a row that another client locks for too long', '55P03'],
  ])(
    'a batch that fails because of %s is halved until the row is found, and all other rows are written',
    async (_, code) => {
      const { statements, write } = scripted({ unlucky: code });
      expect(await write('ann', 'unlucky', 'ben', 'cid')).toEqual(['ANN', code, 'BEN', 'CID']);
      expect(statements).toEqual([
        ['ann', 'unlucky', 'ben', 'cid'],
        ['ann', 'unlucky'],
        ['ann'],
        ['unlucky'],
        ['ben', 'cid'],
        ['unlucky'],
      ]);
    },
  );

  it('few statements find one row among fifty', async () => {
    const { statements, write } = scripted({ unlucky: '55P03' });
    await write('unlucky', ...Array.from({ length: 49 }, (__, place) => `fan${place}`));
    expect(statements.length).toBeLessThanOrEqual(14);
  });

  it('rows of an owner are written apart after one of them has blocked a batch', async () => {
    const { statements, write } = scripted({ 'unlucky 1': '55P03' });
    await write('ann', 'unlucky 1');
    statements.length = 0;
    expect(await write('ben', 'unlucky 2', 'cid')).toEqual(['BEN', 'UNLUCKY 2', 'CID']);
    expect(statements).toEqual([['unlucky 2'], ['ben', 'cid']]);
  });

  it('rows of an owner are written apart one at a time, and other owners have places meanwhile', async () => {
    const { statements, underWay, write } = scripted({ 'unlucky 1': '55P03', 'sad 1': '40P01' });
    await write('unlucky 1', 'sad 1');
    statements.length = 0;
    underWay.most = 0;
    await write(...Array.from({ length: 10 }, (__, place) => `unlucky ${place + 2}`), 'sad 2');
    expect(statements.slice(0, 2)).toEqual([['unlucky 2'], ['sad 2']]);
    expect(underWay.most).toBe(2);
  });

  it('an owner’s rows beyond the limit of waiting rows are refused', async () => {
    const { write } = scripted({ 'unlucky 1': '55P03' });
    await write('ann', 'unlucky 1');
    const rows = Array.from({ length: 40 }, (__, place) => `unlucky ${place + 2}`);
    const answers = await write(...rows);
    expect(answers.filter((answer) => answer === 'overloaded')).toHaveLength(19);
  });

  it('a write waits longer for a locked row only if it is the only row of its statement', async () => {
    const { lockTimeouts, write } = scripted({ unlucky: '55P03' });
    await write('ann', 'unlucky', 'ben');
    expect([...lockTimeouts]).toEqual([
      'shared: 150 ms',
      'shared: 50 ms',
      'alone: 50 ms',
      'alone: 1000 ms',
    ]);
  });

  it.each([
    ['the connection is lost and the result is unknown', '08006'],
    ['the server shuts down', '57P01'],
    ['the statement took too long', '57014'],
    ['the statement is wrong', '42601'],
  ])('nothing is written again if %s', async (_, code) => {
    const { statements, write } = scripted({ unlucky: code });
    expect(await write('ann', 'unlucky', 'ben')).toEqual([code, code, code]);
    expect(statements).toHaveLength(1);
  });
});
