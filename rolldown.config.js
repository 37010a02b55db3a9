import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

// What `nest build` compiled becomes one file a program, since reading hundreds of modules one by one
// is most of a start. Packages stay packages, but for those of which a handful of files is used and
// all would be read.
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
  // An error says the name of its class.
  output: { dir: 'dist', cleanDir: true, sourcemap: true, keepNames: true },
});
