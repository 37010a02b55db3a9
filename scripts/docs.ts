import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentsOf, ROOT } from './documents.js';
import { describedApp } from './openapi/described-app.js';

const documents = await documentsOf(await describedApp());
for (const [path, text] of documents) writeFileSync(join(ROOT, path), text);
process.stdout.write(`Wrote ${[...documents.keys()].join(', ')}.\n`);
