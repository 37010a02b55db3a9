import { describe, expect, it } from 'vitest';
import { BatchWriter } from './batch-writer.js';

class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Writes words in capitals; all or none, as a statement does. */
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
  it('is one statement for what comes at the same time, and answers each for itself', async () => {
    const { statements, write } = scripted();
    expect(await write('ann', 'nobody', 'ben')).toEqual(['ANN', undefined, 'BEN']);
    expect(statements).toEqual([['ann', 'nobody', 'ben']]);
  });

  it.each([
    ['a broken constraint', '23503'],
    ['a deadlock', '40P01'],
    ['a row that somebody else holds for too long', '55P03'],
  ])('looks by halves for the row behind %s, and writes all others', async (_, code) => {
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
  });

  it('takes few statements to find one row among fifty', async () => {
    const { statements, write } = scripted({ unlucky: '55P03' });
    await write('unlucky', ...Array.from({ length: 49 }, (__, place) => `fan${place}`));
    expect(statements.length).toBeLessThanOrEqual(14);
  });

  it('writes the rows of an owner apart, once one of them stood in the way', async () => {
    const { statements, write } = scripted({ 'unlucky 1': '55P03' });
    await write('ann', 'unlucky 1');
    statements.length = 0;
    expect(await write('ben', 'unlucky 2', 'cid')).toEqual(['BEN', 'UNLUCKY 2', 'CID']);
    expect(statements).toEqual([['unlucky 2'], ['ben', 'cid']]);
  });

  it('writes one row of an owner at once apart, and has a place for others meanwhile', async () => {
    const { statements, underWay, write } = scripted({ 'unlucky 1': '55P03', 'sad 1': '40P01' });
    await write('unlucky 1', 'sad 1');
    statements.length = 0;
    underWay.most = 0;
    await write(...Array.from({ length: 10 }, (__, place) => `unlucky ${place + 2}`), 'sad 2');
    expect(statements.slice(0, 2)).toEqual([['unlucky 2'], ['sad 2']]);
    expect(underWay.most).toBe(2);
  });

  it('refuses rows of an owner beyond those that may wait', async () => {
    const { write } = scripted({ 'unlucky 1': '55P03' });
    await write('ann', 'unlucky 1');
    const rows = Array.from({ length: 40 }, (__, place) => `unlucky ${place + 2}`);
    const answers = await write(...rows);
    expect(answers.filter((answer) => answer === 'overloaded')).toHaveLength(19);
  });

  it('waits for a row of somebody else only when nobody else waits with it', async () => {
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
    ['the connection was lost, and nobody knows what is written', '08006'],
    ['the server shuts down', '57P01'],
    ['the statement took too long', '57014'],
    ['the statement is wrong', '42601'],
  ])('writes nothing again if %s', async (_, code) => {
    const { statements, write } = scripted({ unlucky: code });
    expect(await write('ann', 'unlucky', 'ben')).toEqual([code, code, code]);
    expect(statements).toHaveLength(1);
  });
});
