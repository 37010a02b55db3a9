import { describe, expect, it } from 'vitest';
import { parseJsonBody } from './json-body.js';
import { InvalidRequest, MalformedJson } from './problems.js';

function refusalOf(text: string): InvalidRequest {
  try {
    parseJsonBody(text);
  } catch (error) {
    if (error instanceof InvalidRequest) return error;
    throw error;
  }
  return expect.unreachable('it was accepted');
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const wide = (members: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, index) => [index, 0])));

describe('the JSON body of a request', () => {
  it.each(['', ' ', '\r\n'])('a request may have no body: %j', (text) => {
    expect(parseJsonBody(text)).toBeUndefined();
  });

  it.each(['{', 'hello', "{'a':1}", '{"a":1}}', '{"a":}', '[1,]', '\u0000', 'NaN', '{}{}'])(
    'a body that is not JSON is refused: %j',
    (text) => {
      expect(() => parseJsonBody(text)).toThrow(MalformedJson);
    },
  );

  it('a body may be nested 32 levels deep, arrays and objects alike', () => {
    expect(parseJsonBody(nested(32))).toBeInstanceOf(Array);
    expect(refusalOf(nested(33)).detail).toContain('32');
    expect(refusalOf('{"a":'.repeat(33) + '1' + '}'.repeat(33)).detail).toContain('32');
    expect(refusalOf('['.repeat(16_000))).toBeInstanceOf(InvalidRequest);
  });

  it('brackets in texts do not count as levels', () => {
    const text = { text: `\\"${'['.repeat(50)}\\\\`, other: '{'.repeat(50) };
    expect(parseJsonBody(JSON.stringify(text))).toEqual(text);
  });

  it('an escaped quote does not hide the depth of a body', () => {
    expect(refusalOf(`["\\"",${nested(33)}]`).detail).toContain('32');
    expect(refusalOf(`["\\\\",${nested(33)}]`).detail).toContain('32');
  });

  it('a body may have 100 fields in total', () => {
    expect(parseJsonBody(wide(100))).toHaveProperty('99');
    expect(refusalOf(wide(101)).detail).toContain('100');
    expect(refusalOf(`[${wide(60)},${wide(60)}]`).detail).toContain('100');
    expect(refusalOf(`[${Array(101).fill(0).join(',')}]`).detail).toContain('100');
  });

  it.each([
    ['NUL', '{"a":{"b~c/d":"x\\u0000y"}}', '/a/b~0c~1d'],
    ['half a surrogate pair', '{"a":["ok","\\ud800"]}', '/a/1'],
    ['a name with NUL', '{"a":{"\\u0000":1}}', '/a'],
    ['a name with half a surrogate pair', '{"\\udc00":1}', ''],
    ['__proto__', '{"a":{"__proto__":{"role":"admin"}}}', '/a'],
  ])('a body with %s is refused, and the pointer names the place', (_, text, pointer) => {
    expect(refusalOf(text).members.errors).toMatchObject([{ pointer }]);
  });

  it('a body may contain whole surrogate pairs and any other character', () => {
    expect(parseJsonBody('{"a":"😀\\ud83d\\ude00ß漢"}')).toEqual({ a: '😀😀ß漢' });
  });
});
