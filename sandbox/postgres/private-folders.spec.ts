import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountFor, giveTo, runAs } from './account.js';
import { installedNative, usableBinaries } from './binaries.js';
import { eraseData } from './cluster.js';
import { startPostgres } from './postgres.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const isRoot = process.getuid?.() === 0;
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

let folder: string;
let closed: string;
let open: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-private-spec-'));
  closed = join(folder, 'closed');
  open = join(folder, 'open');
  await chmod(folder, 0o755);
  await mkdir(closed, { mode: 0o700 });
  await mkdir(open, { mode: 0o755 });
  vi.stubEnv('TMPDIR', open);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Copies the package as npm installs it without scripts: the links of its libraries are missing. */
async function installBelow(parent: string): Promise<string> {
  const installed = dirname(installedNative());
  await cp(installed, join(parent, 'package'), {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
  return join(parent, 'package', 'native');
}

describe.runIf(isRoot)('a data folder below a folder that only root may enter', () => {
  it('data below a private folder are kept elsewhere, found at the next start, and erased', async () => {
    const dataDir = join(closed, 'project', 'data');
    for (const kept of [0, 1]) {
      const postgres = await startPostgres({ dataDir, durable: false, log });
      try {
        expect(postgres.dataDir.startsWith(`${open}/latchkey-0-`)).toBe(true);
        expect(lines.some((line) => line.includes(`${dataDir} is closed`))).toBe(true);
        const client = new Client({ connectionString: postgres.url });
        await client.connect();
        const found = await client.query(`select from pg_tables where tablename = 'kept'`);
        expect(found.rowCount).toBe(kept);
        await client.query('create table if not exists kept ()');
        await client.end();
      } finally {
        await postgres.stop();
      }
    }
    await eraseData(dataDir);
    expect(await readdir(open)).toEqual([]);
  });

  it('data are not put into a folder that another user may have prepared', async () => {
    const dataDir = join(closed, 'other', 'data');
    const postgres = await startPostgres({ dataDir, durable: false });
    await postgres.stop();
    await chmod(dirname(postgres.dataDir), 0o777);
    await expect(startPostgres({ dataDir, durable: false })).rejects.toThrow(
      `${dirname(postgres.dataDir)} was not created by this user`,
    );
    await rm(dirname(postgres.dataDir), { recursive: true });
  });

  it('data that root has copied are given to the account of Postgres, and other users keep their files', async () => {
    const dataDir = join(open, 'copied');
    await (await startPostgres({ dataDir, durable: false })).stop();
    await cp(dataDir, `${dataDir}-again`, { recursive: true });
    await cp(`${dataDir}.password`, `${dataDir}-again.password`);
    await chmod(`${dataDir}-again`, 0o755);
    await (await startPostgres({ dataDir: `${dataDir}-again`, durable: false })).stop();
    expect((await stat(`${dataDir}-again`)).uid).toBe((await stat(dataDir)).uid);
    await giveTo({ uid: 1, gid: 1 }, dataDir);
    await (await startPostgres({ dataDir, durable: false })).stop();
    expect((await stat(dataDir)).uid).toBe(1);
    await eraseData(dataDir);
    await eraseData(`${dataDir}-again`);
  });
});

describe('the binaries of Postgres', () => {
  it('the links that npm left out are created', async () => {
    const native = await installBelow(open);
    const account = await accountFor(native);
    const binaries = await usableBinaries(native, account, log);
    expect(dirname(dirname(binaries.initdb))).toBe(native);
    expect(await runAs(account, binaries.initdb, ['--version'])).toMatchObject({ code: 0 });
    await rm(dirname(native), { recursive: true });
  });

  it.runIf(isRoot)(
    'binaries below a private folder are copied once, also by simultaneous starts',
    async () => {
      const native = await installBelow(closed);
      const account = await accountFor(native);
      const found = await Promise.all([1, 2].map(() => usableBinaries(native, account, log)));
      expect(found.map(({ major }) => major)).toEqual(['17', '17']);
      const [copy, ...others] = await readdir(open);
      expect(others).toEqual([]);
      expect(found[0]?.postgres.startsWith(join(open, String(copy)))).toBe(true);

      const count = (): number => lines.filter((line) => line.startsWith('Copying')).length;
      const before = count();
      const again = await usableBinaries(native, account, log);
      expect(count()).toBe(before);
      await rm(join(again.postgres, '../../share/postgresql/errcodes.txt'));
      await usableBinaries(native, account, log);
      expect(count()).toBe(before + 1);
      expect(await readdir(open)).toEqual([copy]);

      await rm(join(open, String(copy)), { recursive: true });
      await writeFile(join(open, String(copy)), '');
      await expect(usableBinaries(native, account, log)).rejects.toThrow(
        'not created by this user',
      );
    },
  );
});
