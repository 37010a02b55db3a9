import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARROWS, EXCEPTIONS, SHOWN } from './arrows.js';

const root = join(import.meta.dirname, '../..');
const src = join(root, 'src');

interface Source {
  /** Path below `src`, with slashes. */
  readonly path: string;
  /** The feature's folder; empty for what stands in `src` itself. */
  readonly feature: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function read(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const path = relative(src, file).replaceAll('\\', '/');
  const [, feature = ''] = /^([^/]+)\//.exec(path) ?? [];
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)];
  const imports = specifiers.map(([, specifier = '']) =>
    specifier.startsWith('.')
      ? relative(src, join(dirname(file), specifier))
          .replaceAll('\\', '/')
          .replace(/\.js$/, '.ts')
      : specifier,
  );
  return { path, feature, text, imports };
}

const product = sourcesIn(src)
  .map(read)
  .filter(({ path }) => !path.endsWith('.spec.ts'));
const featureOf = (path: string) => /^([^/.]+)\//.exec(path)?.[1];
const features = new Set(product.map(({ feature }) => feature).filter(Boolean));

const pathsWhere = (found: (source: Source) => boolean) =>
  product.filter(found).map(({ path }) => path);

describe('the sources of the product', () => {
  it('are found, with their imports', () => {
    expect(product.length).toBeGreaterThan(100);
    expect(features.size).toBeGreaterThanOrEqual(14);
    expect(product.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
  });

  it('read the environment where a process begins only, which hands it to config', () => {
    expect(pathsWhere(({ text }) => /\bprocess\.env\b|\bfrom 'node:process'/.test(text))).toEqual([
      'cli.ts',
      'main.ts',
    ]);
  });

  it('call HTTP servers in cas only, but to ask one of our own for its health', () => {
    const clients = /^(axios|@nestjs\/axios|undici|node:https?|https?|got|node-fetch)$/;
    const users = product.filter(
      ({ imports, text }) => imports.some((each) => clients.test(each)) || /\bfetch\(/.test(text),
    );
    expect(users.map(({ path }) => path).sort((a, b) => a.localeCompare(b))).toEqual([
      'cas/cas.client.ts',
      'cas/cas.module.ts',
      'cli/check-health.ts',
    ]);
  });

  it('speak to Postgres in the repositories and the database’s own folder only', () => {
    const drivers = pathsWhere(({ imports }) => imports.includes('pg'));
    expect(drivers.filter((path) => !path.startsWith('database/'))).toEqual([]);
  });

  it('ask the host’s clock for no time of day', () => {
    expect(pathsWhere(({ text }) => /\bDate\.now\(|new Date\(\)/.test(text))).toEqual([]);
  });

  it('hold no time of a transaction against the clock: now() stands still in one', () => {
    expect(
      pathsWhere(({ text }) => /[^.\w](now\(\)\s*[-+<>]|current_timestamp)/i.test(text)),
    ).toEqual([]);
  });

  it('have neither dumps nor barrels nor rings', () => {
    const dumps = /(^|\/)(index|utils?|helpers?|types|constants|errors|interfaces)\.ts$/;
    const named = pathsWhere(({ path }) => dumps.test(path));
    // The list of migrations is no barrel: it says in which order they run.
    expect(named).toEqual(['database/migrations/index.ts']);
    expect(pathsWhere(({ text }) => /\bforwardRef\b/.test(text))).toEqual([]);
    expect(pathsWhere(({ text }) => /^export \*/m.test(text))).toEqual([]);
  });

  it('switch off no rule without a reason', () => {
    const silent = /@ts-ignore|@ts-nocheck|(?:oxlint|eslint)-disable(?!.*--)|@ts-expect-error\s*$/m;
    expect(pathsWhere(({ text }) => silent.test(text))).toEqual([]);
  });
});

describe('every file', () => {
  it('has at most 250 lines', () => {
    const files = ['src', 'test', 'sandbox'].flatMap((folder) => sourcesIn(join(root, folder)));
    const long = files.filter(
      (file) => readFileSync(file, 'utf8').trimEnd().split('\n').length > 250,
    );
    expect(long.map((file) => relative(root, file))).toEqual([]);
  });
});

const FOUNDATIONS = new Set(['common', 'config', 'database']);

describe('the arrows between the features', () => {
  const crossings = product.flatMap(({ path, feature, imports }) =>
    imports
      .map((target) => ({ feature, to: featureOf(target), name: `${path} -> ${target}`, target }))
      .filter(({ to }) => feature !== '' && to !== undefined && features.has(to) && to !== feature),
  );

  it('know every feature', () => {
    expect(new Set(Object.keys(ARROWS))).toEqual(features);
  });

  it('are the only ones', () => {
    const wrong = crossings.filter(
      ({ feature, to = '', name }) => !ARROWS[feature]?.includes(to) && !EXCEPTIONS.has(name),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('have no exception that is not needed any more', () => {
    const names = new Set(crossings.map(({ name }) => name));
    expect([...EXCEPTIONS].filter((name) => !names.has(name))).toEqual([]);
  });

  it('lead to what a feature shows, never to its entity, repository or controller', () => {
    const inside = crossings.filter(
      ({ to = '', target }) => !FOUNDATIONS.has(to) && !SHOWN.test(target),
    );
    expect(inside.map(({ name }) => name)).toEqual([]);
  });

  it('lead from cas to the port of tokens alone, and back to its module alone', () => {
    const between = (from: string, to: string) =>
      new Set(
        crossings
          .filter((each) => each.feature === from && each.to === to)
          .map(({ target }) => target),
      );
    expect(between('cas', 'tokens')).toEqual(new Set(['tokens/token-source.ts']));
    expect(between('tokens', 'cas')).toEqual(new Set(['cas/cas.module.ts']));
  });
});
