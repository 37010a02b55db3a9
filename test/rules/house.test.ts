import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeOf, product, type Source, sourcesIn } from '../support/sources.js';
import { ARROWS, EXCEPTIONS, FOUNDATIONS, INSIDE, SHOWN } from './arrows.js';

const root = join(import.meta.dirname, '../..');
const namesOf = (names: Iterable<string>) => new Set([...names].filter(Boolean));

const pathsWhere = (found: (source: Source) => boolean) =>
  product.filter(found).map(({ path }) => path);

describe('the sources of the product', () => {
  it('this test finds the sources and their imports', () => {
    expect(product.length).toBeGreaterThan(100);
    expect(product.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
  });

  it('only the entry points read the environment, and pass it to config', () => {
    expect(pathsWhere(({ text }) => /\bprocess\.env\b|\bfrom 'node:process'/.test(text))).toEqual([
      'cli.ts',
      'main.ts',
    ]);
  });

  it('only platform/outbound calls HTTP servers, except for the health check of our own server', () => {
    const clients = /^(axios|@nestjs\/axios|undici|node:https?|https?|got|node-fetch)$/;
    const users = product.filter(
      ({ imports, text }) => imports.some((each) => clients.test(each)) || /\bfetch\(/.test(text),
    );
    expect(users.map(({ path }) => path).sort((a, b) => a.localeCompare(b))).toEqual([
      'operations/cli/check-health.ts',
      'platform/outbound/outbound.module.ts',
      'platform/outbound/outbound.service.ts',
      'platform/outbound/outbound.ts',
    ]);
  });

  it('only repositories and the database folder import the driver of Postgres', () => {
    const drivers = pathsWhere(({ imports }) => imports.includes('pg'));
    expect(drivers.filter((path) => !path.startsWith('platform/database/'))).toEqual([]);
  });

  it('no source reads the time of day from the host’s clock', () => {
    expect(pathsWhere(({ text }) => /\bDate\.now\(|new Date\(\)/.test(text))).toEqual([]);
  });

  it('no statement compares times with now(), which does not move within a transaction', () => {
    expect(
      pathsWhere(({ text }) => /[^.\w](now\(\)\s*[-+<>]|current_timestamp)/i.test(text)),
    ).toEqual([]);
  });

  it('the sources have no catch-all files, no barrels and no circular modules', () => {
    const dumps = /(^|\/)(index|utils?|helpers?|types|constants|errors|interfaces)\.ts$/;
    const named = pathsWhere(({ path }) => dumps.test(path));
    // The list of migrations is not a barrel: it defines their order.
    expect(named).toEqual(['platform/database/migrations/index.ts']);
    expect(pathsWhere(({ text }) => /\bforwardRef\b/.test(text))).toEqual([]);
    expect(pathsWhere(({ text }) => /^export \*/m.test(text))).toEqual([]);
  });

  it('no rule is disabled without a reason', () => {
    const silent = /@ts-ignore|@ts-nocheck|(?:oxlint|eslint)-disable(?!.*--)|@ts-expect-error\s*$/m;
    expect(pathsWhere(({ text }) => silent.test(text))).toEqual([]);
  });
});

describe('the size of files', () => {
  it('every file has at most 250 lines', () => {
    const files = ['src', 'test', 'sandbox'].flatMap((folder) => sourcesIn(join(root, folder)));
    const long = files.filter(
      (file) => readFileSync(file, 'utf8').trimEnd().split('\n').length > 250,
    );
    expect(long.map((file) => relative(root, file))).toEqual([]);
  });
});

/** Returns a group and every group that it reaches by the arrows. */
function reachOf(group: string): Set<string> {
  const next = ARROWS[group] ?? [];
  return new Set([group, ...next.flatMap((each) => [...reachOf(each)])]);
}

describe('the arrows', () => {
  const crossings = product.flatMap(({ path, group, folder, imports }) =>
    imports
      .filter((target) => target.endsWith('.ts') && !target.startsWith('..'))
      .map((target) => ({ from: { group, folder }, to: placeOf(target), path, target }))
      .filter(({ to }) => group !== '' && (to.group !== group || to.folder !== folder))
      .map((crossing) => ({ ...crossing, name: `${path} -> ${crossing.target}` })),
  );
  const across = crossings.filter(({ from, to }) => from.group !== to.group);
  const within = crossings.filter(
    ({ from, to }) => from.group === to.group && from.folder !== '' && to.folder !== '',
  );
  const unexpected = (found: typeof crossings) =>
    found.map(({ name }) => name).filter((name) => !EXCEPTIONS.has(name));

  it('the arrows name every group and every folder', () => {
    expect(new Set(Object.keys(ARROWS))).toEqual(namesOf(product.map(({ group }) => group)));
    for (const group of Object.keys(ARROWS)) {
      const inside = product.filter((source) => source.group === group);
      expect(new Set(Object.keys(INSIDE[group] ?? {}))).toEqual(
        namesOf(inside.map(({ folder }) => folder)),
      );
    }
  });

  it('imports between groups follow the arrows, so that lower groups do not depend on higher groups', () => {
    const wrong = across.filter(({ from, to }) => !reachOf(from.group).has(to.group));
    expect(unexpected(wrong)).toEqual([]);
  });

  it('folders import only the folders that INSIDE allows', () => {
    const wrong = within.filter(
      ({ from, to }) => !INSIDE[from.group]?.[from.folder]?.includes(to.folder),
    );
    expect(unexpected(wrong)).toEqual([]);
  });

  it('every allowed import and every exception is used', () => {
    const used = new Set(
      within.map(({ from, to }) => `${from.group}: ${from.folder} -> ${to.folder}`),
    );
    const listed = Object.entries(INSIDE).flatMap(([group, folders]) =>
      Object.entries(folders).flatMap(([from, into]) =>
        into.map((to) => `${group}: ${from} -> ${to}`),
      ),
    );
    expect(listed.filter((arrow) => !used.has(arrow))).toEqual([]);
    const names = new Set(crossings.map(({ name }) => name));
    expect([...EXCEPTIONS].filter((name) => !names.has(name))).toEqual([]);
  });

  it('imports between folders use only public files, and never an entity, repository or controller', () => {
    const inside = [...across, ...within].filter(
      ({ to, target }) => !FOUNDATIONS.has(`${to.group}/${to.folder}`) && !SHOWN.test(target),
    );
    expect(inside.map(({ name }) => name)).toEqual([]);
  });

  it('cas imports only the port of the protocol, and only its module is imported', () => {
    const ofCas = within.filter(({ from }) => from.folder === 'cas');
    expect(new Set(ofCas.map(({ target }) => target))).toEqual(
      new Set(['tokens/protocol/token-source.ts']),
    );
    const toCas = crossings.filter(({ to }) => to.folder === 'cas');
    expect(toCas.map(({ target }) => target)).toEqual(['tokens/cas/cas.module.ts']);
  });
});
