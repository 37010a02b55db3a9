import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateData } from '../../../sandbox/postgres/data-location.js';
import {
  freePorts,
  makeFolder,
  occupiedPort,
  processesOf,
  removeFolder,
  SandboxProcess,
  type SandboxSettings,
} from '../../support/sandbox-process.js';

let folder: string;
let settings: SandboxSettings;

beforeAll(async () => {
  folder = await makeFolder();
  settings = await freePorts();
});
afterAll(() => removeFolder(folder));

const start = (...options: string[]) => new SandboxProcess(folder, settings, ...options);
const keptKey = () =>
  (
    JSON.parse(readFileSync(join(folder, '.sandbox', 'credentials.json'), 'utf8')) as {
      apiKey?: string;
    }
  ).apiKey;
const left = () => processesOf(folder, settings.port);

async function refusal(...options: string[]): Promise<string> {
  const sandbox = start(...options);
  expect(await sandbox.ended()).toBe(1);
  return sandbox.output;
}

/** Returns the lines of the card that begin with this text, as a developer pastes them into a shell. */
async function paste(card: string): Promise<string> {
  const lines = card.split('\n').filter((line) => /^ {2}(\w+=\$\()?curl /.test(line));
  expect(lines).toHaveLength(7);
  const { stdout } = await promisify(execFile)('sh', ['-ec', lines.join('\n')]);
  return stdout;
}

describe('npm run sandbox', () => {
  it('an unknown option is refused with one sentence', async () => {
    expect(await refusal('--onec')).toMatch(/^'--onec' is not an option; [^\n]+\n$/);
  });

  it.each(['port', 'casPort', 'issuerPort'])(
    'a port in use is refused with one sentence before anything starts: %s',
    async (name) => {
      const { server, port } = await occupiedPort();
      const sandbox = new SandboxProcess(folder, { ...settings, [name]: port });
      expect(await sandbox.ended()).toBe(1);
      const sentence = new RegExp(`^Port ${port} on 127.0.0.1 is in use: [^\n]+\n$`);
      expect(sandbox.output).toMatch(sentence);
      expect(existsSync(join(folder, '.sandbox'))).toBe(false);
      server.close();
    },
  );

  it('a port that is named twice is refused with one sentence', async () => {
    const sandbox = new SandboxProcess(folder, { ...settings, issuerPort: settings.casPort });
    expect(await sandbox.ended()).toBe(1);
    expect(sandbox.output).toMatch(
      /^SANDBOX_CAS_PORT and SANDBOX_ISSUER_PORT are both \d+: [^\n]+\n$/,
    );
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
    expect(sandbox.output).toContain('their room token is the same');
    expect(sandbox.output).toContain('a backend takes a seat for a person of its own system');
    // Nor does the library of the identity provider write its own lines.
    expect(sandbox.output).not.toMatch(/warning/i);
    expect(await left()).toEqual([]);
  });

  it('the sandbox starts no identity provider if TRUSTED_ISSUERS was set outside', async () => {
    const kept = keptKey();
    const sandbox = new SandboxProcess(folder, { ...settings, issuers: '[]' }, '--once');
    expect([await sandbox.ended(), sandbox.output]).toEqual([
      0,
      expect.stringContaining('passed on to it: TRUSTED_ISSUERS'),
    ]);
    expect(sandbox.output).not.toMatch(/identity provider|Cleo/);
    // The second start uses the key of the first start.
    expect(keptKey()).toBe(kept);
  });

  it('the sandbox replaces the text of an API key that it has lost', async () => {
    const file = join(folder, '.sandbox', 'credentials.json');
    const { apiKey, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { apiKey: string };
    writeFileSync(file, JSON.stringify(rest));
    const sandbox = start('--once');
    expect([await sandbox.ended(), sandbox.output]).toEqual([
      0,
      expect.stringMatching(/\/v1\/api-keys\/[-\w]+\/rotate → 201/),
    ]);
    expect([keptKey() === apiKey, keptKey()]).toEqual([
      false,
      expect.stringMatching(/^lk_\w{49}$/),
    ]);
  });

  it('the curl commands of the card work as shown, and kill -9 ends the whole sandbox', async () => {
    const sandbox = start();
    await sandbox.untilItSays('Stop with Ctrl-C');
    const pasted = await paste(sandbox.output);
    expect(pasted).toMatch(/"slug":"demo"[^]*"generation":\d+/);
    expect(pasted).toMatch(/"displayName":"Cleo"/);
    expect(pasted).toMatch(/"displayName":"Finn"/);
    const tokens = Array.from(pasted.matchAll(/"token":"([^"]+)"/g), ([, text]) => text);
    const [ann, cleo, finn, cas] = tokens;
    expect([cleo, finn, cas === ann]).toEqual([ann, ann, false]);
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
