import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  DECIDED_BY_COMPOSE,
  MADE_BY_COMPOSE,
  renderExample,
  renderReadme,
  variables,
} from '../../scripts/configuration-docs.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const inOrder = (one = '', other = '') => one.localeCompare(other);

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

  it('reaches the server of docker-compose.yml, and nothing else does', () => {
    const [, server = ''] = read('docker-compose.yml').split(/^ {2}server:$/m);
    const passed = Array.from(server.matchAll(/^ {6}([A-Z_]+?)(?:_FILE)?:/gm), ([, n]) => n);
    expect(passed.toSorted(inOrder)).toEqual(variables.map(({ name }) => name).toSorted(inOrder));
  });

  it('comes there from .env, but for what compose makes and decides by itself', () => {
    const [, server = ''] = read('docker-compose.yml').split(/^ {2}server:$/m);
    const own = Array.from(server.matchAll(/^ {6}([A-Z_]+?)(?:_FILE)?: (.+)$/gm))
      .filter(([, name = '', value = '']) => !value.startsWith(`\${${name}:-`))
      .map(([, name]) => name);
    expect(own.toSorted(inOrder)).toEqual(
      [...MADE_BY_COMPOSE, ...DECIDED_BY_COMPOSE].toSorted(inOrder),
    );
  });

  it('that compose makes or decides is marked so in .env.example, and is no line to fill in', () => {
    const example = read('.env.example');
    for (const name of MADE_BY_COMPOSE)
      expect(example).toMatch(new RegExp(`^# Made by docker compose; [^]*?\n# ${name}=$`, 'm'));
    for (const name of DECIDED_BY_COMPOSE)
      expect(example).toMatch(new RegExp(`^# Decided by docker compose[^\n]*\n# ${name}=`, 'm'));
    const open = Array.from(example.matchAll(/^([A-Z_]+)=/gm), ([, name]) => name);
    expect(open).toEqual(['CAS_URL', 'CAS_API_KEY', 'CAS_API_SECRET', 'ADMIN_EMAIL']);
  });
});
