import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INestApplication } from '@nestjs/common';
import { renderExample, renderReadme } from './configuration-docs.js';
import { renderFeed } from './event-docs.js';
import { renderScopes } from './scope-docs.js';
import { describeApi } from './openapi/document.js';

/** The root of the project, wherever this file was compiled to. */
export const ROOT = fileURLToPath(new URL('.', import.meta.resolve('#openapi.json')));

/** Returns every generated document: its path, and its text according to the sources. */
export async function documentsOf(app: INestApplication): Promise<ReadonlyMap<string, string>> {
  const api = describeApi(app);
  const backend = 'docs/integrate/backend.md';
  return new Map([
    ['openapi.json', `${JSON.stringify(api, null, 2)}\n`],
    ['.env.example', renderExample()],
    ['README.md', await renderReadme(join(ROOT, 'README.md'))],
    [backend, await renderScopes(join(ROOT, backend), api.paths)],
    ['docs/feed.md', await renderFeed(join(ROOT, 'docs/feed.md'))],
  ]);
}
