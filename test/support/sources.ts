import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const src = join(import.meta.dirname, '../../src');

export interface Source {
  /** Path below `src`, with slashes. */
  readonly path: string;
  /** One of the five groups; empty for files directly in `src`. */
  readonly group: string;
  /** The folder in the group; empty for files directly in the group. */
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

export function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

export function placeOf(path: string): { readonly group: string; readonly folder: string } {
  const [, group = '', folder = ''] = /^([^/]+)\/(?:([^/]+)\/)?/.exec(path) ?? [];
  return { group, folder };
}

function read(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const path = relative(src, file).replaceAll('\\', '/');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)];
  const imports = specifiers.map(([, specifier = '']) =>
    specifier.startsWith('.')
      ? relative(src, join(dirname(file), specifier))
          .replaceAll('\\', '/')
          .replace(/\.js$/, '.ts')
      : specifier,
  );
  return { path, ...placeOf(path), text, imports };
}

/** The sources of the product, without their tests. */
export const product = sourcesIn(src)
  .map(read)
  .filter(({ path }) => !path.endsWith('.spec.ts'));
