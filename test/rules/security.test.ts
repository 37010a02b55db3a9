import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docs/security.md');

/** The number of requirements of levels 1 and 2 in each section of ASVS 5.0, numbered from 1. */
const SECTIONS =
  '1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 ' +
  '4.2:1 4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 ' +
  '7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 ' +
  '10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 ' +
  '13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 ' +
  '16.4:3 16.5:3 17.1:1 17.2:4 17.3:2';

const REQUIREMENTS = SECTIONS.split(' ').flatMap((entry) => {
  const [section = '', count] = entry.split(':');
  return Array.from({ length: Number(count) }, (_, index) => `${section}.${index + 1}`);
});

const VERDICTS = ['met', 'met by the operator', 'not met', 'does not apply'];

interface Row {
  readonly numbers: readonly string[];
  readonly verdict: string;
  readonly how: string;
  readonly shownBy: string;
}

/** A row of requirements begins with a number; `5.*` means a whole chapter. */
const rows = text
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, first = '']) => /^\d+\.[\d*]/.test(first))
  .map(([, first = '', , verdict = '', how = '', shownBy = '']): Row => {
    const numbers = first.split(', ').flatMap((number) => {
      const [chapter, isWhole] = [number.split('.')[0], number.endsWith('.*')];
      return isWhole ? REQUIREMENTS.filter((each) => each.startsWith(`${chapter}.`)) : [number];
    });
    return { numbers, verdict, how, shownBy };
  });

const nameOf = ({ numbers }: Row) => numbers.join(', ');

describe('docs/security.md', () => {
  it('the table has every requirement of levels 1 and 2 of ASVS 5.0 once, and no other', () => {
    expect(REQUIREMENTS).toHaveLength(253);
    expect(rows.flatMap(({ numbers }) => numbers).sort()).toEqual(REQUIREMENTS.toSorted());
  });

  it('every requirement has a verdict', () => {
    expect(rows.filter(({ verdict }) => !VERDICTS.includes(verdict)).map(nameOf)).toEqual([]);
    for (const verdict of VERDICTS)
      expect(rows.filter((row) => row.verdict === verdict).length).toBeGreaterThan(5);
  });

  it('every requirement has an explanation', () => {
    expect(rows.filter(({ how }) => how.length < 3).map(nameOf)).toEqual([]);
  });

  it('every requirement that is met names a file or a section as evidence', () => {
    const claimed = rows.filter(({ verdict }) => verdict.startsWith('met'));
    expect(claimed.filter(({ shownBy }) => !/`[\w./-]+`|\]\(/.test(shownBy)).map(nameOf)).toEqual(
      [],
    );
  });

  it('every file that the document names exists', () => {
    const paths = Array.from(
      text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+|Dockerfile|\.dockerignore|[\w-]+\.(?:json|md|yml))`/g),
      ([, path = '']) => path,
    ).filter((path) => !path.startsWith('@'));
    expect(paths.length).toBeGreaterThan(100);
    expect([...new Set(paths)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('every test that the document names exists', () => {
    const tests = rows.flatMap(({ shownBy }) =>
      Array.from(shownBy.matchAll(/`([^`]+)`: _(.+?)_(?=;|$)/g), ([, path = '', name = '']) => ({
        path,
        name: name.replaceAll('\\', ''),
      })),
    );
    expect(tests.length).toBeGreaterThan(80);
    const missing = tests.filter(
      ({ path, name }) => !existsSync(join(root, path)) || !read(path).includes(name),
    );
    expect(missing).toEqual([]);
  });
});

describe('the sources of the product', () => {
  it('the sources start no program and evaluate no text as code', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(100);
    const risky = /child_process|node:vm|node:worker_threads|\beval\(|new Function\(/;
    expect(files.filter((name) => risky.test(read(`src/${name}`)))).toEqual([]);
    expect('import { exec } from "node:child_process"').toMatch(risky);
  });
});
