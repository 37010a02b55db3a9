import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const WITH_COMMANDS = ['README.md', 'CONTRIBUTING.md'];
const DOCUMENTS = [
  ...WITH_COMMANDS,
  'CHANGELOG.md',
  'SECURITY.md',
  'model/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map((name) => `docs/${String(name)}`)
    .filter((name) => name.endsWith('.md')),
];

/** Commands that `.ci/run` does not run literally: the file that runs each, and the text it uses. */
const RUN_ELSEWHERE: Readonly<Record<string, readonly [file: string, as: string]>> = {
  '.ci/run': ['.ci/run', '#!/bin/sh'],
  'npm run sandbox': ['test/system/cluster/sandbox.test.ts', 'Stop with Ctrl-C'],
  'npm run build': ['test/system/run.mjs', "run('@nestjs/cli/bin/nest.js', ['build'])"],
  'npm start': ['test/support/cluster.ts', "'dist/main.js'"],
  'npm run test:faults -- --long': [
    'vitest.system.config.ts',
    "'test/system/faults/load/*.test.ts'",
  ],
  'npx vitest run --project behaviour test/rooms/join/join.test.ts': [
    'package.json',
    'vitest run"',
  ],
  // These commands run more rounds of the tests of `npm run test:system`.
  'npm run test:interleavings': [
    'vitest.system.config.ts',
    "'test/system/interleavings/*.test.ts'",
  ],
  'npm run test:feed': ['vitest.system.config.ts', "'test/system/cluster/*.test.ts'"],
  // The values of docker-compose.sandbox.yml replace a completed copy.
  'cp .env.example .env': ['test/rules/configuration.test.ts', "'.env.example'"],
  'docker compose up -d': ['.ci/run', '--file docker-compose.yml'],
  'docker compose logs secrets': [
    'test/system/compose/probe.mjs',
    "'logs', '--no-color', 'secrets'",
  ],
};

function commandsOf(document: string): string[] {
  const blocks = Array.from(read(document).matchAll(/^```sh\n([^]*?)^```$/gm), ([, text]) => text);
  const lines = blocks.join('').replaceAll('\\\n', ' ').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Returns the anchors of a document: the ends of links to its headings. */
function anchorsOf(text: string): string[] {
  return Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isBroken(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
}

describe('the commands in the documents', () => {
  const ran = read('.ci/run')
    .split('\n')
    .map((line) => line.trim());

  it.each(WITH_COMMANDS)(
    'every command in %s is run by .ci/run or by the file that the test names',
    (document) => {
      const commands = commandsOf(document);
      expect(commands.length).toBeGreaterThan(3);
      const never = commands.filter((each) => !ran.includes(each) && !(each in RUN_ELSEWHERE));
      expect(never).toEqual([]);
    },
  );

  it('every command run elsewhere is in a document, and its file runs it', () => {
    const commands = new Set(WITH_COMMANDS.flatMap(commandsOf));
    const wrong = Object.entries(RUN_ELSEWHERE).filter(
      ([command, [file, as]]) => !commands.has(command) || !read(file).includes(as),
    );
    expect(wrong.map(([command]) => command)).toEqual([]);
  });
});

describe('the documents', () => {
  it('every link in the documents has a target', () => {
    const broken = DOCUMENTS.flatMap((document) =>
      Array.from(read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, link = '']) => link)
        .filter((link) => isBroken(document, link))
        .map((link) => `${document}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('every file and every folder that the documents name exists', () => {
    const paths = DOCUMENTS.flatMap((document) =>
      Array.from(
        read(document).matchAll(/`((?:src|test|sandbox|docs|model)\/[\w./-]+)`/g),
        ([, path = '']) => path,
      ),
    );
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('README.md has at most 200 lines, and every decision record at most 40', () => {
    const lengths = (document: string) => read(document).trimEnd().split('\n').length;
    expect(lengths('README.md')).toBeLessThanOrEqual(200);
    const decisions = DOCUMENTS.filter((document) => document.startsWith('docs/decisions/'));
    expect(decisions.length).toBeGreaterThan(8);
    expect(decisions.filter((document) => lengths(document) > 40)).toEqual([]);
  });
});
