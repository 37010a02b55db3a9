import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

// Bundles the compiled server into one file per program, because reading hundreds of modules takes
// most of the start. Packages remain separate, except those of which only a few files are used.
const BUNDLED = /^(zod|axios|@nestjs\/axios)(\/|$)/;

export default defineConfig({
  input: { main: 'build/main.js', cli: 'build/cli.js' },
  platform: 'node',
  external: (name) => !/^[./]/.test(name) && !BUNDLED.test(name),
  plugins: [
    {
      name: 'maps-of-the-compiler',
      load: {
        filter: { id: /[/\\]build[/\\].*\.js$/ },
        handler: (file) => ({
          code: readFileSync(file, 'utf8'),
          map: readFileSync(`${file}.map`, 'utf8'),
        }),
      },
    },
  ],
  // Errors contain the name of their class.
  output: { dir: 'dist', cleanDir: true, sourcemap: true, keepNames: true },
});
