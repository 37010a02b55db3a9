import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { eraseData } from './cluster.js';
import { type EmbeddedPostgres, type PostgresOptions, startPostgres } from './postgres.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let folder: string;
const started: EmbeddedPostgres[] = [];

async function start(options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const dataDir = join(folder, 'data');
  const postgres = await startPostgres({ dataDir, durable: false, ...options });
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-postgres-spec-'));
  await chmod(folder, 0o755);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((postgres) => postgres.stop('immediate')));
});
afterAll(async () => {
  await eraseData(join(folder, 'data'));
  await rm(folder, { recursive: true, force: true });
});

describe('a started Postgres', () => {
  it('Postgres accepts connections only with its password, and has the requested settings', async () => {
    const postgres = await start({ settings: { work_mem: '5MB' } });
    const [row] = await query(
      postgres.url,
      `select current_setting('work_mem'), current_setting('fsync'), current_setting('max_connections'),
              current_setting('listen_addresses'), current_setting('server_version_num')::int / 10000,
              lower('ÄÖ')`,
    );
    expect(row).toEqual(['5MB', 'off', '200', '127.0.0.1', 17, 'äö']);
    const wrong = new URL(postgres.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('a restarted Postgres keeps its data and its password, with file modes 0600 and 0700', async () => {
    const first = await start();
    await query(first.url, 'create database "a b"');
    await query(first.databaseUrl('a b'), 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start({ durable: true });
    expect(second.databaseUrl('a b').replace(/:\d+\//, '')).toBe(
      first.databaseUrl('a b').replace(/:\d+\//, ''),
    );
    expect(await query(second.databaseUrl('a b'), 'select answer from kept')).toEqual([[42]]);
    expect(await query(second.url, 'show fsync')).toEqual([['on']]);
    expect((await stat(`${second.dataDir}.password`)).mode & 0o777).toBe(0o600);
    expect((await stat(second.dataDir)).mode & 0o777).toBe(0o700);
  });

  it('Postgres can be stopped several times, simultaneously and after a crash', async () => {
    const postgres = await start();
    await Promise.all([postgres.stop(), postgres.stop('immediate'), postgres.stop()]);
    await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.restart();
    process.kill(postgres.pid, 'SIGKILL');
    await postgres.stop();
    await postgres.stop();
  });

  it('Postgres restarts on the same port with its data, after a clean stop and after a crash', async () => {
    const postgres = await start();
    await query(postgres.url, 'drop table if exists kept; create table kept as select 7 as answer');
    for (const mode of ['fast', 'immediate'] as const) {
      const before = postgres.pid;
      await postgres.restart(mode);
      expect(postgres.pid).not.toBe(before);
      expect(await query(postgres.url, 'select answer from kept')).toEqual([[7]]);
    }
  });

  it('Postgres logs that it ended unexpectedly', async () => {
    const lines: string[] = [];
    const postgres = await start({ log: (line) => void lines.push(line) });
    process.kill(postgres.pid, 'SIGKILL');
    await expect.poll(() => lines.at(-1)).toBe('Postgres ended unexpectedly (SIGKILL).');
  });
});

describe('the data folder of Postgres', () => {
  it('a data folder locked by a killed Postgres is opened, even if another program has its process id', async () => {
    const killed = await start();
    process.kill(killed.pid, 'SIGKILL');
    await killed.stop();
    const lock = join(killed.dataDir, 'postmaster.pid');
    const text = await readFile(lock, 'utf8');
    expect(text).toContain(String(killed.pid));
    await (await start()).stop();

    // After a reboot, the process id may belong to another program.
    const { uid } = await stat(killed.dataDir);
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', uid });
    await once(stranger, 'spawn');
    await writeFile(lock, text.replace(/^\d+/, String(stranger.pid)));
    await (await start()).stop();
    stranger.kill();

    await writeFile(lock, '');
    await (await start()).stop();
  });

  it('a data folder that another Postgres uses is refused, and opened if that Postgres ends in time', async () => {
    const holder = await start();
    await Promise.all([
      expect(start({ patience: 300 })).rejects.toThrow(
        /is in use by another Postgres \(process \d+\)/,
      ),
      expect(eraseData(join(folder, 'data'), 300)).rejects.toThrow(`(process ${holder.pid})`),
    ]);
    const waiting = start();
    await holder.stop();
    await waiting;
  });

  it('two simultaneous starts create the data folder once, and leave no other files', async () => {
    const dataDir = join(folder, 'twice');
    const ends = await Promise.allSettled([
      start({ dataDir }).then((postgres) => postgres.stop()),
      start({ dataDir }).then((postgres) => postgres.stop()),
    ]);
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'fulfilled']);
    const names = (await readdir(folder)).filter((name) => name.startsWith('twice'));
    expect(names.sort()).toEqual(['twice', 'twice.password']);
    await eraseData(dataDir);
  });

  it('a start after an interrupted start creates the data folder again', async () => {
    const dataDir = join(folder, 'interrupted');
    await mkdir(join(`${dataDir}.new-999999999-abcdef`, 'data'), { recursive: true });
    await (await start({ dataDir })).stop();
    const names = (await readdir(folder)).filter((name) => name.startsWith('interrupted'));
    expect(names.sort()).toEqual(['interrupted', 'interrupted.password']);
    await eraseData(dataDir);
    expect((await readdir(folder)).filter((name) => name.startsWith('interrupted'))).toEqual([]);
  });

  it.each([
    ['notes.txt', '', 'contains files that are not a database'],
    ['postgresql.conf', '', 'damaged (it has no PG_VERSION): start with --fresh'],
    ['PG_VERSION', '16\n', 'is of Postgres 16, not 17: start with --fresh'],
    ['PG_VERSION', '17\n', 'cannot be read from'],
  ])(
    'a data folder with only %s (%j) is refused with one sentence',
    async (name, content, sentence) => {
      const dataDir = await mkdtemp(join(folder, 'broken-'));
      await writeFile(join(dataDir, name), content);
      const refusal = start({ dataDir });
      await expect(refusal).rejects.toThrow(sentence);
      await expect(refusal).rejects.toThrow(dataDir);
      const erased = eraseData(dataDir).then(() => true);
      if (name === 'notes.txt') await expect(erased).rejects.toThrow('contains files');
      else await expect(erased).resolves.toBe(true);
    },
  );

  it('a data folder without its control file is refused with the message of Postgres', async () => {
    const dataDir = join(folder, 'lost');
    await (await start({ dataDir })).stop();
    await rm(join(dataDir, 'global', 'pg_control'));
    await expect(start({ dataDir })).rejects.toThrow(/lost: .*could not.* --fresh/);
    await eraseData(dataDir);
  });
});

it('a start on a port in use is refused, and the message names the port', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const address = squatter.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
  squatter.close();
});
