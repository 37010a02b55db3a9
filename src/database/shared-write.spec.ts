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
  const writes = new SharedWrite<string, string>((words) => {
    statements.push([...words]);
    const code = words.map((word) => trouble[word]).find(Boolean);
    if (code !== undefined) return Promise.reject(new Refused(code));
    const written = words.filter((word) => word !== 'nobody');
    return Promise.resolve(new Map(written.map((word) => [word, word.toUpperCase()])));
  });
  const write = (...words: string[]) =>
    Promise.allSettled(words.map((word) => writes.write(word))).then((results) =>
      results.map((result) =>
        result.status === 'fulfilled' ? result.value : (result.reason as Refused).code,
      ),
    );
  return { statements, write };
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
