import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsOf, ROOT } from '../../scripts/documents.js';
import { describedApp } from '../../scripts/openapi/described-app.js';

const documents = await documentsOf(await describedApp());

describe('generated documents', () => {
  it('npm run docs writes exactly the known documents', () => {
    expect([...documents.keys()].sort()).toEqual([
      '.env.example',
      'README.md',
      'docs/feed.md',
      'docs/integrate/backend.md',
      'openapi.json',
    ]);
  });

  it.each([...documents])('the committed document is up to date: %s', (path, text) => {
    const committed = readFileSync(join(ROOT, path), 'utf8');
    expect(committed, `${path} is stale: run npm run docs`).toBe(text);
  });
});
