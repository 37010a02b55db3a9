import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The documents that readers see first; a JSON file is checked in its descriptions. */
const DOCUMENTS = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.md',
  'openapi.json',
  'SECURITY.md',
  'model/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Habit {
  readonly pattern: RegExp;
  readonly advice: string;
  /** A text that the pattern must find, and a text that it must not find. */
  readonly wrong: string;
  readonly right: string;
}

const SENTENCE_START = String.raw`(?:^|[.!?:|]\s+)["“(]?`;
const OBJECT =
  '(?:body|bodies|request|answer|problem|query|object|JSON|schema|payload|merge patch)';

/** Habits that cost a second reading, and how to avoid each. */
const HABITS: readonly Habit[] = [
  {
    pattern: /\bsince\b/i,
    advice: 'write “because” for a reason, and “after” or “from … on” for a time',
    wrong: 'It waits, since the row is locked.',
    right: 'It waits, because the row is locked.',
  },
  {
    pattern: /\b(?:who(?:m|se)?(?:so)?ever)\b/i,
    advice: 'name the subject: “a client that…”, “a person who…”',
    wrong: 'Ask whoever sent it.',
    right: 'Ask the person who sent it.',
  },
  {
    pattern: /\b(?:he|him|his|himself|she|her|hers|herself)\b/i,
    advice: 'write “they”, or better the noun: the user, the client, the operator',
    wrong: 'A host may change all of his room.',
    right: 'Hosts may change all of their room.',
  },
  {
    pattern: /\b(?:another|any other) one\b/i,
    advice: 'repeat the noun: “another token”',
    wrong: 'The token gets another one.',
    right: 'The token gets another successor.',
  },
  {
    pattern: new RegExp(`${SENTENCE_START}(?:Who|Whom|Whose|What|Whatever) (?![^.!?|]*\\?)`),
    advice: 'begin with a noun: “A user who…”, “Requests that…”; only a question begins like this',
    wrong: 'It is counted. Who is limited gets 429.',
    right: 'What is a seat? A client that is limited gets 429.',
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:JSON|required|unknown|optional|missing|absent|offending) members?\b` +
        String.raw`|\bmembers? (?:of|in) (?:an? |the |its |this |that |each |every )?${OBJECT}s?\b`,
      'i',
    ),
    advice: 'write “field” for JSON; a room has members',
    wrong: 'An unknown member of the body is refused.',
    right: 'An unknown field of the body is refused, and a member of the room too.',
  },
];

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Returns the comments in a line of code. */
function commentsIn(code: string): string {
  return Array.from(
    code.matchAll(/\/\/ (.*)$|\/\*\* (.*?) \*\//g),
    ([, one, other]) => one ?? other,
  )
    .filter((comment) => comment !== undefined)
    .join(' ');
}

/**
 * Returns the prose of a document line by line: without code, link addresses, headings and names of
 * tests, which have the form `path`: _name_.
 */
function proseOf(document: string): Line[] {
  let isCode = false;
  return document.split('\n').map((raw, index) => {
    const number = index + 1;
    if (raw.startsWith('```')) {
      isCode = !isCode;
      return { number, text: '' };
    }
    if (isCode) return { number, text: commentsIn(raw) };
    if (raw.startsWith('#')) return { number, text: '' };
    const text = raw
      .replaceAll(/(`[\w./-]+`): _.+?_(?=;| *\||$)/g, '$1')
      .replaceAll(/`[^`]*`/g, '`code`')
      .replaceAll(/\]\([^)]*\)/g, ']')
      .replaceAll(/[*_]/g, '')
      .replace(/^\s*(?:[->]|\d+\.)\s+/, '');
    return { number, text };
  });
}

/** Returns the sentences of a JSON file; each line has at most one. */
function sentencesOf(json: string): Line[] {
  return json.split('\n').flatMap((line, index) => {
    const [, text] = /^\s*"(?:summary|description|detail)": (".*"),?$/.exec(line) ?? [];
    if (text === undefined) return [];
    const sentence = String(JSON.parse(text)).replaceAll(/`[^`]*`/g, '`code`');
    return [{ number: index + 1, text: sentence }];
  });
}

function faultsIn(document: string, isJson = false): string[] {
  const lines = isJson ? sentencesOf(document) : proseOf(document);
  return lines.flatMap(({ number, text }) =>
    HABITS.flatMap(({ pattern, advice }) =>
      Array.from(
        text.matchAll(new RegExp(pattern, `${pattern.flags}g`)),
        ([found]) => `${number}: “${found.replaceAll(/^[\s.!?:|]+|\s+$/g, '')}”: ${advice}`,
      ),
    ),
  );
}

describe('the prose of the documents', () => {
  it.each(DOCUMENTS)('the document is free of habits that cost a second reading: %s', (path) => {
    const faults = faultsIn(read(path), path.endsWith('.json'));
    expect(faults.map((fault) => `${path}:${fault}`)).toEqual([]);
  });
});

describe('the habits that the rule finds', () => {
  it.each(HABITS)(
    'the rule finds the habit in “$wrong”, and not in “$right”',
    ({ advice, wrong, right }) => {
      expect(faultsIn(wrong)).toEqual([expect.stringContaining(advice)]);
      expect(faultsIn(right)).toEqual([]);
    },
  );

  it('the rule finds habits in cells of tables, items of lists and comments of code', () => {
    const document = '| a | What it is |\n- What is limited\n```js\n// Whoever comes\n```';
    expect(faultsIn(document).map((fault) => fault.split(':')[0])).toEqual(['1', '2', '4']);
  });

  it('the rule finds habits in the descriptions of a JSON file', () => {
    const json = JSON.stringify({ summary: 'A room', description: 'Who may join.' }, null, 2);
    expect(faultsIn(json, true)).toEqual([expect.stringMatching(/^3: “Who”/)]);
  });

  it('the rule ignores code, headings and names of tests', () => {
    const document =
      '## What is promised\n```\nsince=1\n```\n`since`; `a.test.ts`: _takes his own_';
    expect(faultsIn(document)).toEqual([]);
  });
});
