import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useApp } from '../support/app.js';
import { testEnvironment } from '../support/config.js';
import type { JoinGrant } from '../support/shapes.js';

const server = useApp();

/** The commands of the section, with the address and the password of the server of this test. */
function commandsOfFirstRoom(): string {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, commands = ''] = /## Your first room\n[^]*?```bash\n([^]*?)```/.exec(readme) ?? [];
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = testEnvironment;
  const values = { URL: server.url, EMAIL: ADMIN_EMAIL, PASSWORD: ADMIN_PASSWORD };
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`README.md sets no ${name} for the first room`);
    return text.replace(line, () => `${name}='${value}'`);
  }, commands);
}

describe('the first room of README.md', () => {
  it('the commands of the README give two people the same token', async () => {
    const { stdout } = await promisify(execFile)('sh', ['-euc', commandsOfFirstRoom()]);
    const answers = stdout.replaceAll('}{', '}\n{').split('\n').filter(Boolean);
    const grants = answers.slice(-2).map((answer) => JSON.parse(answer) as JoinGrant);
    expect(grants.map(({ participant }) => participant.role)).toEqual(['participant', 'host']);
    const [ann, admin] = grants;
    expect(ann?.token).toMatch(/^eyJ/);
    expect(admin?.token).toBe(ann?.token);
  });
});
