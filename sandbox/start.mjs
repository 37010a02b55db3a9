// Started by `npm run sandbox`, in plain JavaScript: checks the preconditions, builds the server
// and the sandbox, and hands over to main.ts.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = resolve('.sandbox');
const STILL_MS = 5_000;
const STAMP = join(PROJECT, 'dist-sandbox/.built');
const MADE = ['dist/main.js', 'dist-sandbox/main.js', 'build/platform/config/examples.js'].map(
  (name) => join(PROJECT, name),
);
const SOURCES = [
  'src',
  'sandbox',
  'tsconfig.json',
  'tsconfig.build.json',
  'rolldown.config.js',
  'package-lock.json',
];

const say = (line) => void process.stdout.write(`${line}\n`);

/** Exits with a sentence; only while nothing has been started. */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function readOptions() {
  try {
    const options = { once: { type: 'boolean' }, fresh: { type: 'boolean' } };
    const { once = false, fresh = false } = parseArgs({ options }).values;
    return { once, fresh };
  } catch (error) {
    const [what] = /'[^']+'/.exec(error.message) ?? ['This option'];
    fail(
      `${what} is not an option; the options are --once (end after the tour) and --fresh (start over).`,
    );
  }
}

function verifyNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: Latchkey needs 20.19 or newer.`);
}

function verifyInstalled() {
  const needed = ['@nestjs/cli', 'typescript', 'rolldown', 'fastify', 'oidc-provider'];
  if (needed.every((name) => existsSync(join(PROJECT, 'node_modules', name)))) return;
  fail(`The packages are not installed in ${PROJECT}: run npm ci first (not with --omit=dev).`);
}

function verifyWritable() {
  const own = ['credentials.json', 'server.log'].map((name) => join(FOLDER, name));
  const built = ['', 'build', 'dist', 'dist-sandbox'].map((name) => join(PROJECT, name));
  const there = [dirname(FOLDER), FOLDER, ...own, ...built].filter((path) => existsSync(path));
  for (const path of there)
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
    } catch {
      fail(
        `${path} cannot be written by this user: change its owner, or start as the user who owns it.`,
      );
    }
}

/** With the user's own issuers, the server would not trust the sandbox's identity provider. */
const hasOwnIssuers = () =>
  Boolean(process.env.TRUSTED_ISSUERS || process.env.TRUSTED_ISSUERS_FILE);

function portOf(name, fallback) {
  const text = process.env[name] || String(fallback);
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  fail(`${name} must be a port between 1 and 65535.`);
  return 0;
}

/** Checks before the build: a used port is the usual reason why a second try fails. */
async function verifyFree(name, port) {
  const probe = createServer();
  const error = await new Promise((done) => {
    probe.once('error', done);
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(undefined)));
  });
  if (error === undefined) return;
  if (error.code === 'EADDRINUSE')
    fail(
      `Port ${port} on 127.0.0.1 is in use: stop the program that listens there, or set ${name} to another port.`,
    );
  fail(`Port ${port} on 127.0.0.1 cannot be used (${error.code}): set ${name} to another port.`);
}

async function verifyPorts(ports) {
  const used = Object.entries(ports).filter(([, port]) => port !== undefined);
  used.forEach(([name, port], index) => {
    const [other] = used.slice(0, index).find((each) => each[1] === port) ?? [];
    if (other) fail(`${other} and ${name} are both ${port}: set one to another port.`);
  });
  for (const [name, port] of used) await verifyFree(name, port);
}

/** Runs a tool of the project, silently unless it fails. */
function run(children, script, ...args) {
  const program = join(PROJECT, 'node_modules', script);
  const child = spawn(process.execPath, [program, ...args], { cwd: PROJECT });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) =>
      code === 0 ? done() : failed(new Error(`The build failed:\n${output.trim()}`)),
    );
  });
}

async function buildServer(children) {
  await run(children, '@nestjs/cli/bin/nest.js', 'build');
  await run(children, 'rolldown/bin/cli.mjs', '-c');
}

/** Whether nothing has changed since the last successful build. */
function isBuilt() {
  if (![STAMP, ...MADE].every((path) => existsSync(path))) return false;
  const built = statSync(STAMP).mtimeMs;
  const isOlder = (path) => statSync(path).mtimeMs < built;
  return SOURCES.map((name) => join(PROJECT, name)).every((path) => {
    const below = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
    return [path, ...below.map((name) => join(path, name))].every(isOlder);
  });
}

async function build() {
  const begun = performance.now();
  const seconds = () => `${Math.round((performance.now() - begun) / 1000)} s`;
  const children = new Set();
  const stop = () => {
    for (const child of children) child.kill('SIGKILL');
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
  say('Building the server and the sandbox …');
  const still = setInterval(() => say(`  … still building, ${seconds()}`), STILL_MS);
  try {
    await Promise.all([
      buildServer(children),
      run(children, 'typescript/bin/tsc', '-p', 'sandbox/tsconfig.json'),
    ]);
  } catch (error) {
    for (const child of children) child.kill('SIGKILL');
    fail(error.message);
  }
  clearInterval(still);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
  const missing = MADE.find((path) => !existsSync(path));
  if (missing)
    fail(`The build did not create ${missing}: correct the list of results in sandbox/start.mjs.`);
  writeFileSync(STAMP, '');
  say(`Built in ${seconds()}.`);
}

verifyNode();
const options = readOptions();
verifyInstalled();
verifyWritable();
const port = portOf('PORT', 3000);
const casPort = portOf('SANDBOX_CAS_PORT', 3001);
const issuerPort = hasOwnIssuers() ? undefined : portOf('SANDBOX_ISSUER_PORT', 3002);
await verifyPorts({ PORT: port, SANDBOX_CAS_PORT: casPort, SANDBOX_ISSUER_PORT: issuerPort });
if (!isBuilt()) await build();
const { runSandbox } = await import(pathToFileURL(join(PROJECT, 'dist-sandbox/main.js')).href);
const databaseUrl = process.env.DATABASE_URL || undefined;
const { env: environment } = process;
const ports = { port, casPort, issuerPort };
process.exit(await runSandbox({ ...options, ...ports, folder: FOLDER, databaseUrl, environment }));
