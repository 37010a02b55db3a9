import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderExample, renderReadme, variables } from '../../scripts/configuration-docs.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What docker-compose.yml decides by itself. */
const DECIDED_BY_COMPOSE = ['DATABASE_DIRECT_URL', 'DATABASE_POOLED', 'HOST', 'PORT'];

describe('every variable of the configuration', () => {
  it('has one line of description, without a full stop', () => {
    const wrong = variables.filter(
      ({ description }) => !/^[a-zA-Z][^\n]*[^.\s]$/.test(description),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('stands in .env.example as the schema says (npm run docs:config)', () => {
    expect(read('.env.example')).toBe(renderExample());
  });

  it('stands in the table of README.md as the schema says (npm run docs:config)', async () => {
    expect(read('README.md')).toBe(await renderReadme(join(root, 'README.md')));
  });

  it('reaches the server of docker-compose.yml, or is decided there', () => {
    const [, server = ''] = read('docker-compose.yml').split(/^ {2}server:$/m);
    const passed = new Set(
      Array.from(server.matchAll(/^ {6}([A-Z_]+?)(?:_FILE)?:/gm), ([, n]) => n),
    );
    const missing = variables.filter(({ name }) => !passed.has(name));
    expect(missing.map(({ name }) => name).sort((a, b) => a.localeCompare(b))).toEqual(
      DECIDED_BY_COMPOSE,
    );
  });
});
