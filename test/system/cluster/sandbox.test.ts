import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateData } from '../../../sandbox/postgres/data-location.js';
import {
  freePort,
  makeFolder,
  occupiedPort,
  processesOf,
  removeFolder,
  SandboxProcess,
} from '../../support/sandbox-process.js';

let folder: string;
let ports: { port: number; casPort: number };

beforeAll(async () => {
  folder = await makeFolder();
  ports = { port: await freePort(), casPort: await freePort() };
});
afterAll(() => removeFolder(folder));

const start = (...options: string[]) => new SandboxProcess(folder, ports, ...options);
const left = () => processesOf(folder, ports.port);

async function refusal(...options: string[]): Promise<string> {
  const sandbox = start(...options);
  expect(await sandbox.ended()).toBe(1);
  return sandbox.output;
}

/** Returns the lines of the card that begin with this text, as a developer pastes them into a shell. */
async function paste(card: string): Promise<string> {
  const lines = card.split('\n').filter((line) => /^ {2}(TOKEN=\$\(curl|curl) /.test(line));
  expect(lines).toHaveLength(3);
  const { stdout } = await promisify(execFile)('sh', ['-ec', lines.join('\n')]);
  return stdout;
}

describe('npm run sandbox', () => {
  it('an unknown option is refused with one sentence', async () => {
    expect(await refusal('--onec')).toMatch(/^'--onec' is not an option; [^\n]+\n$/);
  });

  it('a port in use is refused with one sentence before anything starts', async () => {
    const { server, port } = await occupiedPort();
    const sandbox = new SandboxProcess(folder, { ...ports, casPort: port });
    expect(await sandbox.ended()).toBe(1);
    expect(sandbox.output).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use: [^\n]+\n$`));
    expect(existsSync(join(folder, '.sandbox'))).toBe(false);
    server.close();
  });

  it('a sandbox that is stopped during its start leaves nothing running, and the next one starts', async () => {
    rmSync('dist-sandbox/.built', { force: true });
    for (const step of ['Building', 'Starting Postgres', 'Starting the server']) {
      const sandbox = start();
      await sandbox.untilItSays(step);
      sandbox.kill('SIGINT');
      expect(await sandbox.ended()).toBe(130);
      expect(await left()).toEqual([]);
    }
  });

  it('the sandbox with --once goes through the main steps, ends with 0, and leaves nothing running', async () => {
    const sandbox = start('--once');
    expect([await sandbox.ended(), sandbox.output]).toEqual([
      0,
      expect.stringContaining('Every step succeeded.'),
    ]);
    expect(await left()).toEqual([]);
  });

  it('the curl commands of the card work as shown, and kill -9 ends the whole sandbox', async () => {
    const sandbox = start();
    await sandbox.untilItSays('Stop with Ctrl-C');
    const pasted = await paste(sandbox.output);
    expect(pasted).toMatch(/"slug":"demo"[^]*"generation":\d+/);
    expect(pasted).toMatch(/HTTP\/1\.1 200 OK[^]*\{"token":"eyJ/);
    sandbox.kill('SIGKILL');
    await sandbox.ended();
    await expect.poll(left, { timeout: 5_000, interval: 200 }).toEqual([]);
  });

  it('a damaged database is refused with advice, and leaves nothing running', async () => {
    const { dataDir } = await locateData(join(folder, '.sandbox', 'postgres'), () => undefined);
    writeFileSync(join(dataDir, 'global', 'pg_control'), '');
    expect(await refusal()).toMatch(/Postgres could not start on [^\n]*--fresh[^\n]*\n$/);
    expect(await left()).toEqual([]);
    expect(await refusal('--fresh', '--never')).toContain('--never');
  });
});
