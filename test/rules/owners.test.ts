import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { tableWrites } from '../support/table-writes.js';
import { ALSO_WRITE, OWNERS } from './owners.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

const nameOf = ({ folder, table }: { folder: string; table: string }) => `${folder} -> ${table}`;
const isOwn = ({ folder, table }: { folder: string; table: string }) =>
  [folder, folder.split('/')[0]].includes(OWNERS[table]);

describe('the owners of tables', () => {
  it('every table of the schema has an owner, and every owner has a table', async () => {
    const rows = await database.query<{ name: string }>(
      `select table_name as name from information_schema.tables
        where table_schema = 'public' order by table_name collate "C"`,
    );
    expect(Object.keys(OWNERS)).toEqual(rows.map(({ name }) => name));
  });

  it('every table that a statement writes is in the schema', () => {
    const unknown = tableWrites.filter(({ table }) => !(table in OWNERS));
    expect(unknown.map(({ path, table }) => `${path}: ${table}`)).toEqual([]);
  });

  it('every table is written only by its owner and by listed exceptions', () => {
    const foreign = tableWrites.filter((write) => !isOwn(write) && !(nameOf(write) in ALSO_WRITE));
    expect(foreign.map((write) => `${write.path} -> ${write.table}`)).toEqual([]);
  });

  it('every listed exception is needed and has a reason', () => {
    const needed = new Set(tableWrites.filter((write) => !isOwn(write)).map(nameOf));
    expect(Object.keys(ALSO_WRITE).filter((name) => !needed.has(name))).toEqual([]);
    expect(Object.values(ALSO_WRITE).filter((reason) => reason.length < 20)).toEqual([]);
  });

  it('every table is written by its owner, except those that the database itself or TypeORM writes', () => {
    const written = new Set(tableWrites.filter(isOwn).map(({ table }) => table));
    const unwritten = Object.keys(OWNERS).filter((table) => !written.has(table));
    expect(unwritten).toEqual(['former_slugs', 'migrations', 'server_requirement']);
  });
});
