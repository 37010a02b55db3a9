import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tasks } from '../../../src/platform/tasks/tasks.service.js';
import { startApp, type TestApp } from '../../support/app.js';

const src = join(import.meta.dirname, '../../../src');

/** Every task of a server and its period in milliseconds. */
const PERIODS: Readonly<Record<string, number>> = {
  'encrypt again': 3_000,
  'end rooms': 500,
  'erase users': 2_000,
  'keep feeds alive': 500,
  'key rooms': 2_000,
  'key users': 2_000,
  'load the keys of issuers': 1_000,
  'look after listeners': 650,
  'mint ahead': 1_000,
  'purge audit trail': 60_000,
  'purge bans': 60_000,
  'purge guests': 60_000,
  'purge history': 60_000,
  'purge identities': 60_000,
  'purge invites': 60_000,
  'purge reports': 60_000,
  'purge room events': 60_000,
  'purge secrets of API keys': 60_000,
  'purge sessions': 60_000,
  'purge sign-in marks': 60_000,
  'purge sign-ins at issuers': 60_000,
  're-key after pauses': 500,
  'renew tokens': 400,
  'rotate signing keys': 1_000,
  'sweep idempotency keys': 60_000,
  'sweep rate limits': 60_000,
  'sweep seats': 2_500,
  'dispatch events': 160,
  'warn of API keys that expire': 10_000,
};

let server: TestApp;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.stop());

describe('the recurring work of a server', () => {
  it('the tasks of a server and their periods are exactly this list', () => {
    expect(Object.fromEntries(server.app.get(Tasks, { strict: false }).periods)).toEqual(PERIODS);
  });

  it('every task that the sources declare is provided by a module', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
    const texts = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(src, file), 'utf8'));
    const names = texts.flatMap((text) =>
      Array.from(text.matchAll(/^ {2}@Every\([^]*?'([^']+)',?\s*\)$/gm), ([, name]) => name),
    );
    expect(names).toHaveLength(Object.keys(PERIODS).length);
    expect(new Set(names)).toEqual(new Set(Object.keys(PERIODS)));
  });
});
