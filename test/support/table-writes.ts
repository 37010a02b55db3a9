import { product, type Source } from './sources.js';

/** A statement of the product that writes to a table. */
export interface TableWrite {
  readonly path: string;
  /** The group and the folder of the file. */
  readonly folder: string;
  readonly table: string;
}

const WRITE =
  /\b(?:insert\s+into|delete\s+from|update)\s+(?:only\s+)?(?:"?public"?\.)?"?([a-z_]+|\$\{table\})/g;

/** Words that follow `update` where it is not a statement: in a lock or in an upsert. */
const NO_TABLE = new Set(['set', 'of', 'skip', 'nowait', 'is', 'would', 'a', 'the', 'order']);

/** Files with statements for any table, and the pattern by which their callers name tables. */
export const FOR_ANY_TABLE: Readonly<Record<string, RegExp>> = {
  'platform/database/clearing.ts': /\{ table: '([a-z_]+)', column: '/g,
  'platform/database/search-keys.ts': /new SearchKeys\(\w+, '([a-z_]+)'/g,
  'platform/keyring/encrypted-rows.repository.ts': /^ +table: '([a-z_]+)',$/gm,
  'rooms/sdk-reports/old-reports.repository.ts': /purgingOf\('([a-z_]+)'\)/g,
};

/** Tables that TypeORM writes by itself, by the entity of the repository. */
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

/** Every write of a table in the sources; migrations are left out, because they own no table. */
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
