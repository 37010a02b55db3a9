import { writeFileSync } from 'node:fs';
import { renderExample, renderReadme } from './configuration-docs.js';

writeFileSync('.env.example', renderExample());
writeFileSync('README.md', await renderReadme('README.md'));
process.stdout.write('Wrote .env.example and the configuration table of README.md.\n');
