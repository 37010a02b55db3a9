import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  array: 'a list',
  tuple: 'a list',
  date: 'a time',
  null: 'null',
  nan: 'a number',
};

const FORMATS: Readonly<Record<string, string>> = {
  url: 'an address such as https://example.org',
  uuid: 'a UUID such as 019aa3f2-7c1e-7d3a-9b58-3f1f0e6a2c44',
  datetime: 'an RFC 3339 time such as 2026-05-30T18:00:00Z',
};

const REFERENCE = 'is not as the reference describes it';

function countOf(count: number | bigint, origin: string): string {
  const unit = origin === 'string' ? 'character' : 'entry';
  const plural = unit === 'entry' ? 'entries' : 'characters';
  return `${count} ${count === 1 || count === 1n ? unit : plural}`;
}

function isNumeric(origin: string): boolean {
  return ['number', 'int', 'bigint', 'date'].includes(origin);
}

type Limit =
  | { readonly code: 'too_small'; readonly minimum: number | bigint; readonly origin: string }
  | { readonly code: 'too_big'; readonly maximum: number | bigint; readonly origin: string };

function wordsOfLimit(limit: Limit): string {
  const { origin } = limit;
  const isLeast = limit.code === 'too_small';
  const bound = isLeast ? limit.minimum : limit.maximum;
  const words = isLeast ? 'at least' : 'at most';
  if (isNumeric(origin)) return `must be ${words} ${bound}`;
  if (isLeast && (bound === 1 || bound === 1n)) return 'must not be empty';
  return `must have ${words} ${countOf(bound, origin)}`;
}

/** Describes a fault without its subject, because the validator's texts name internal types. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && issue.code.startsWith('invalid_')) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? 'of another type'}`;
    case 'too_small':
    case 'too_big':
      return wordsOfLimit(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return FORMATS[issue.format] ? `must be ${FORMATS[issue.format]}` : REFERENCE;
    case 'invalid_value': {
      const values = issue.values.map(String);
      return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
    }
    case 'invalid_union': {
      const sentences = issue.errors.flatMap(([first]) => (first ? [first.message] : []));
      return [...new Set(sentences)].join(' or ') || REFERENCE;
    }
    case 'unrecognized_keys':
      return 'is not known here: check its name, or leave it out';
    case 'invalid_key':
      return 'has a name that is not allowed';
    case 'invalid_element':
    case 'custom':
      return REFERENCE;
  }
};
