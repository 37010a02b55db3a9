import { readFileSync } from 'node:fs';
import { type Scope, SCOPES } from '../src/platform/access/scope.js';
import { withPart } from './markdown.js';

/** The operations of a document, by path and method. */
type Paths = Readonly<Record<string, object>>;

const NONE = 'no operation of this release';

function operationsOf(scope: Scope, paths: Paths): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, { readonly 'x-scope'?: string }>)
      .filter(([, operation]) => operation['x-scope'] === scope)
      .map(([method]) => `\`${method.toUpperCase()} ${path}\``),
  );
}

/** Renders docs/integrate/backend.md with a new table of scopes between its markers. */
export function renderScopes(path: string, paths: Paths): Promise<string> {
  const rows = SCOPES.map(
    (scope) => `| \`${scope}\` | ${operationsOf(scope, paths).join(', ') || NONE} |`,
  );
  const head = ['| scope | opens |', '| --- | --- |'];
  return withPart(path, readFileSync(path, 'utf8'), 'scopes', [...head, ...rows].join('\n'));
}
