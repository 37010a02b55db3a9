import fc from 'fast-check';

const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00a',
  '\u202e\u200b\ufeff',
  'İıſK',
  '𝒜'.repeat(81),
  'x'.repeat(5_000),
  '__proto__',
  'constructor',
  'hasOwnProperty',
  "'; drop table rooms; --",
  '%00',
  '../../etc/passwd',
  '{{7*7}}${7*7}',
  '-1',
  '1e400',
  '0x10',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
];
const ODD_NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 5e-324, 604_801];
export const ODD_TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-12:00',
  '2026-02-29T00:00:00Z',
  '2026-06-30T23:59:60Z',
  '2026-01-01T00:00:00.123456789Z',
];

export const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary' }));
const nested = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.boolean())
  .map(([depth, list]) =>
    Array.from({ length: depth }).reduce<unknown>((inner) => (list ? [inner] : { a: inner }), 1),
  );
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(null, true, false, [], {}, ...ODD_NUMBERS, ...ODD_TIMES),
  fc.jsonValue({ maxDepth: 4 }),
  nested,
);

export const oddOrPlain = fc.oneof(fc.string(), fc.integer(), oddValue);

/** Bodies that no value can be serialised to. */
export const oddBody = fc.oneof(
  fc.constantFrom<string | Uint8Array | undefined>(
    undefined,
    '',
    '{',
    '{}{}',
    'null',
    '[[]]',
    '{"a":1e400}',
    '{"name":"a","name":1}',
    '{"__proto__":{"role":"admin"}}',
    '{"constructor":{"prototype":{"role":"admin"}}}',
    '\ufeff{}',
    '{"name":"\\ud800"}',
    `{"name":"${'x'.repeat(17_000)}"}`,
    '['.repeat(16_000),
    `{"metadata":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`,
    `{"metadata":{${Array.from({ length: 120 }, (_, at) => `"m${at}":0`).join(',')}}}`,
    '{"capacity":123456789012345678901234567890}',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }),
);
