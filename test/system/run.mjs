// The program behind `npm run test:system`: builds the server and the test server, and runs the tests.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { parseArgs } from 'node:util';

const options = {
  project: { type: 'string', multiple: true, default: [] },
  long: { type: 'boolean', default: false },
  seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  joins: { type: 'string', default: '1000000' },
  minutes: { type: 'string', default: '60' },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const say = (line) => void process.stdout.write(`${line}\n`);

function run(program, parameters, environment = {}) {
  const env = { ...process.env, ...environment };
  const { status } = spawnSync(process.execPath, [`node_modules/${program}`, ...parameters], {
    stdio: 'inherit',
    env,
  });
  if (status !== 0) process.exit(status ?? 1);
}

const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const pgbouncer = places.map((place) => `${place}/pgbouncer`).find((path) => existsSync(path));
const form = values.long ? 'long' : 'short';
const again = `npm run test:faults --${values.long ? ' --long' : ''} --seed ${values.seed}`;
const projects = values.project.flatMap((name) => ['--project', name]);

run('@nestjs/cli/bin/nest.js', ['build']);
run('rolldown/bin/cli.mjs', ['-c']);
run('typescript/bin/tsc', ['-p', 'test/system/faults/server/tsconfig.json']);
say(`The faults in their ${form} form, seed ${values.seed}: ${again}`);
if (!pgbouncer) say('PgBouncer is not installed: what is proven through it is LEFT OUT.');
process.on('exit', () => {
  if (!pgbouncer) process.stdout.write('LEFT OUT: PgBouncer, which is not installed.\n');
});
const left = pgbouncer ? [] : ['--exclude', 'test/system/faults/**/pgbouncer.test.ts'];
const config = ['--config', 'vitest.system.config.ts'];
run('vitest/vitest.mjs', ['run', ...config, ...projects, ...left, ...positionals], {
  FAULTS_FORM: form,
  FAULTS_SEED: values.seed,
  FAULTS_JOINS: values.joins,
  FAULTS_MINUTES: values.minutes,
  FAULTS_PGBOUNCER: pgbouncer ?? '',
});
