import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { installedNative } from './binaries.js';
import { isAlive } from './lock.js';

/** A program that uses the launcher: it prints the id of the Postgres process, then stays or exits. */
const PARENT = `
import { startPostgres } from './postgres.js';
const [dataDir, behaviour] = process.argv.slice(2);
try {
  const postgres = await startPostgres({ dataDir, durable: true });
  if (behaviour !== 'forgets') setInterval(() => undefined, 1000);
  if (behaviour === 'drains') {
    process.on('SIGINT', async () => {
      console.log('draining');
      await new Promise((resolve) => process.stdin.resume().once('data', resolve));
      await postgres.stop();
      process.exit(0);
    });
  }
  console.log(postgres.pid);
} catch (error) {
  console.log(error.message);
}
`;

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let folder: string;
const parents: ChildProcess[] = [];

async function startParent(behaviour: string, modules = 'compiled') {
  const program = join(folder, modules, 'parent.js');
  const parent = spawn(process.execPath, [program, join(folder, 'data'), behaviour], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  parents.push(parent);
  const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  return { parent, nextLine, firstLine: await nextLine() };
}

async function compileInto(modules: string): Promise<void> {
  const target = await mkdtemp(join(folder, 'build-'));
  const options = { module: ModuleKind.ESNext, target: ScriptTarget.ES2023 };
  for (const name of await readdir(import.meta.dirname)) {
    if (name.endsWith('.spec.ts')) continue;
    const source = await readFile(join(import.meta.dirname, name), 'utf8');
    const { outputText } = transpileModule(source, { compilerOptions: options });
    await writeFile(join(target, name.replace(/\.ts$/, '.js')), outputText);
  }
  await writeFile(join(target, 'parent.js'), PARENT);
  await writeFile(join(target, 'package.json'), '{"type":"module"}');
  await symlink(target, join(folder, modules));
}

/** Reports whether a process runs; an exited process that its parent has not yet reaped does not. */
function runs(pid: number): boolean {
  if (process.platform !== 'linux') return isAlive(pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-lifetime-spec-'));
  await chmod(folder, 0o755);
  await compileInto('compiled');
  const packages = join(installedNative(), '..', '..', '..');
  await symlink(packages, join(folder, 'compiled', 'node_modules'));
});
afterEach(() => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
});
afterAll(async () => {
  // Postgres of a failed test may still be shutting down.
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

describe('the lifetime of the embedded Postgres', () => {
  it('Postgres ends soon after its parent is killed, and the next start opens its data', async () => {
    const first = await startParent('lives');
    const pid = Number(first.firstLine);
    expect(runs(pid)).toBe(true);
    // The whole process group is killed, as a terminal or a CI job does it.
    process.kill(-Number(first.parent.pid), 'SIGKILL');
    const second = await startParent('lives');
    expect(runs(pid)).toBe(false);
    expect(runs(Number(second.firstLine))).toBe(true);
    second.parent.kill('SIGKILL');
    await expect.poll(() => runs(Number(second.firstLine)), { timeout: 3_000 }).toBe(false);
  });

  it('Postgres keeps running after Ctrl-C until its parent has drained', async () => {
    const { parent, nextLine, firstLine } = await startParent('drains');
    const { pid } = parent;
    if (pid === undefined) throw new Error('The parent has not started.');
    process.kill(-pid, 'SIGINT');
    expect(await nextLine()).toBe('draining');
    await sleep(300);
    expect(runs(Number(firstLine))).toBe(true);
    parent.stdin.write('\n');
    await once(parent, 'exit');
    expect(runs(Number(firstLine))).toBe(false);
  });

  it('a parent that forgets to stop Postgres can still exit, and Postgres ends with it', async () => {
    const { parent, firstLine } = await startParent('forgets');
    if (parent.exitCode === null) await once(parent, 'exit');
    expect(parent.exitCode).toBe(0);
    await expect.poll(() => runs(Number(firstLine)), { timeout: 3_000 }).toBe(false);
  });

  it('a start without the package of Postgres fails with one sentence', async () => {
    await compileInto('without-packages');
    const { firstLine } = await startParent('forgets', 'without-packages');
    expect(firstLine).toMatch(/^The embedded Postgres .* is not installed: run npm ci without/);
  });
});
