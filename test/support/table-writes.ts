import { product, type Source } from './sources.js';

/** A statement of the product that writes a table. */
export interface TableWrite {
  readonly path: string;
  /** Group and folder of the file. */
  readonly folder: string;
  readonly table: string;
}

const WRITE =
  /\b(?:insert\s+into|delete\s+from|update)\s+(?:only\s+)?(?:"?public"?\.)?"?([a-z_]+|\$\{table\})/g;

/** Words that follow `update` where it is no statement: a lock, or what an upsert does. */
const NO_TABLE = new Set(['set', 'of', 'skip', 'nowait', 'is', 'would', 'a', 'the', 'order']);

/** The files whose statements are made for any table; the callers of each name theirs. */
export const FOR_ANY_TABLE: Readonly<Record<string, RegExp>> = {
  'platform/database/clearing.ts': /\{ table: '([a-z_]+)', column: '/g,
  'platform/database/search-keys.ts': /new SearchKeys\(\w+, '([a-z_]+)'/g,
  'platform/keyring/encrypted-rows.repository.ts': /^ +table: '([a-z_]+)',$/gm,
  'rooms/sdk-reports/old-reports.repository.ts': /purgingOf\('([a-z_]+)'\)/g,
};

/** What TypeORM writes by itself, by the name of the repository's entity. */
const ENTITIES: Readonly<Record<string, string>> = { Room: 'rooms', User: 'users' };

const withoutComments = (text: string) =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|(?<=\s)--.*$/gm, '');

function tablesIn({ path, text }: Source): string[] {
  const code = withoutComments(text);
  const written = Array.from(code.matchAll(WRITE), ([, table = '']) => table);
  const named = Object.values(FOR_ANY_TABLE).flatMap((callers) =>
    Array.from(code.matchAll(callers), ([, table = '']) => table),
  );
  const mapped = Array.from(code.matchAll(/@InjectRepository\((\w+)\)/g), ([, entity = '']) => {
    const table = ENTITIES[entity];
    if (table === undefined) throw new Error(`${entity} of ${path} is not known to this test.`);
    return table;
  });
  return [...written, ...named, ...mapped];
}

function isForAny(path: string, table: string): boolean {
  return table.startsWith('$') && path in FOR_ANY_TABLE;
}

/** Every write of a table that the sources name; migrations make tables, and belong to none. */
export const tableWrites: readonly TableWrite[] = product
  .filter(({ path }) => !path.startsWith('platform/database/migrations/'))
  .flatMap((source) =>
    [...new Set(tablesIn(source))]
      .filter((table) => !NO_TABLE.has(table) && !isForAny(source.path, table))
      .map((table) => ({
        path: source.path,
        folder: `${source.group}/${source.folder}`,
        table,
      })),
  );
