import { describe, expect, it } from 'vitest';
import { SharedWrite } from './shared-write.js';

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
  const writes = new SharedWrite<string, string>(async (words, lockTimeout) => {
    statements.push([...words]);
    lockTimeouts.add(`${words.length > 1 ? 'shared' : 'alone'}: ${lockTimeout} ms`);
    underWay.most = Math.max(underWay.most, (underWay.now += 1));
    await new Promise((resolve) => setImmediate(resolve));
    underWay.now -= 1;
    const code = words.map((word) => trouble[word]).find(Boolean);
    if (code !== undefined) throw new Refused(code);
    const written = words.filter((word) => word !== 'nobody');
    return new Map(written.map((word) => [word, word.toUpperCase()]));
  });
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
  ])('writes each by itself after %s, so that the others are written', async (_, code) => {
    const { statements, write } = scripted({ unlucky: code });
    expect(await write('ann', 'unlucky', 'ben')).toEqual(['ANN', code, 'BEN']);
    expect(statements).toEqual([['ann', 'unlucky', 'ben'], ['ann'], ['unlucky'], ['ben']]);
  });

  it('waits for a row of somebody else only when nobody else waits with it', async () => {
    const { lockTimeouts, write } = scripted({ unlucky: '55P03' });
    await write('ann', 'unlucky', 'ben');
    expect([...lockTimeouts]).toEqual(['shared: 150 ms', 'alone: 1000 ms']);
  });

  it('takes two connections at most, however many are written again', async () => {
    const { underWay, write } = scripted({ unlucky: '40P01' });
    await write('unlucky', ...Array.from({ length: 30 }, (_, place) => `fan ${place}`));
    expect(underWay.most).toBe(2);
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
