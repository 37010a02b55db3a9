import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type SandboxCas, startSandboxCas } from './cas/sandbox-cas.js';
import { type Credentials, keepCredentials } from './credentials.js';
import { eraseData } from './postgres/cluster.js';
import { type EmbeddedPostgres, startPostgres } from './postgres/postgres.js';
import { ServerProcess } from './server-process.js';
import { Tour } from './tour.js';

const FOLDER = resolve('.sandbox');
const DATA = resolve(FOLDER, 'postgres');
const LOG = resolve(FOLDER, 'server.log');

interface Sandbox {
  readonly server: ServerProcess;
  readonly cas: SandboxCas;
  readonly postgres: EmbeddedPostgres;
  readonly credentials: Credentials;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

function portOf(name: string, fallback: number): number {
  const text = process.env[name] ?? String(fallback);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new Error(`${name} must be a port between 1 and 65535.`);
  return port;
}

async function start(): Promise<Sandbox> {
  mkdirSync(FOLDER, { recursive: true });
  const credentials = keepCredentials(resolve(FOLDER, 'credentials.json'));
  say('Starting Postgres …');
  const postgres = await startPostgres({ dataDir: DATA, durable: true, log: () => undefined });
  say('Starting the sandbox CAS …');
  const cas = await startSandboxCas({
    port: portOf('SANDBOX_CAS_PORT', 3001),
    apiKey: credentials.casApiKey,
    apiSecret: credentials.casApiSecret,
  });
  say('Starting the server …');
  const server = await ServerProcess.start(
    {
      DATABASE_URL: postgres.url,
      CAS_URL: cas.url,
      CAS_ALLOW_HTTP: 'on',
      CAS_API_KEY: credentials.casApiKey,
      CAS_API_SECRET: credentials.casApiSecret,
      SECRET_KEYS: credentials.secretKeys,
      ADMIN_EMAIL: credentials.admin.email,
      ADMIN_PASSWORD: credentials.admin.password,
      REGISTRATION: 'open',
    },
    portOf('PORT', 3000),
    LOG,
  );
  return { server, cas, postgres, credentials };
}

async function stop({ server, cas, postgres }: Sandbox): Promise<void> {
  await server.stop();
  await cas.close();
  await postgres.stop();
}

function showCard({ server, cas, credentials }: Sandbox): void {
  const { admin, users } = credentials;
  say('\nLatchkey is running.');
  say(`  server       ${server.url}`);
  say(`  sandbox CAS  ${cas.url}  (key ${cas.apiKey}, secret ${cas.apiSecret})`);
  for (const { displayName, email, password } of [admin, ...users])
    say(`  ${displayName.padEnd(12)} ${email}  ${password}`);
  say(`  log          ${LOG}`);
  say('\nStop it with Ctrl-C; what was made is kept. Start over with: npm run sandbox -- --fresh');
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: { once: { type: 'boolean' }, fresh: { type: 'boolean' } },
  });
  if (options.fresh) {
    await eraseData(DATA);
    rmSync(FOLDER, { recursive: true, force: true });
  }
  const sandbox = await start();
  const interrupted = new Promise<void>((wake) => {
    process.once('SIGINT', () => wake());
    process.once('SIGTERM', () => wake());
  });
  try {
    const { server, cas, credentials } = sandbox;
    const tour = new Tour(server.url, say);
    say('\nThe main job, step by step:');
    await tour.makeUsers(credentials.admin, credentials.users);
    await tour.walk(credentials.admin, credentials.users, (seconds) => {
      if (seconds === null) cas.reset();
      else cas.behave({ shortLife: seconds });
    });
    if (options.once) return;
    showCard(sandbox);
    await Promise.race([interrupted, server.ended()]);
  } finally {
    say('Stopping …');
    await stop(sandbox);
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // What was started ends with this process.
  process.exit(1);
}
