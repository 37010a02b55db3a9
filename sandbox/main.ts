import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { showCard } from './card.js';
import { startSandboxCas } from './cas/sandbox-cas.js';
import { keepApiKey, keepCredentials } from './credentials.js';
import { environmentOf, type Variables } from './environment.js';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.js';
import { installedNative } from './postgres/binaries.js';
import { eraseData } from './postgres/cluster.js';
import { startPostgres } from './postgres/postgres.js';
import { prepareDemo } from './prepare-demo.js';
import { ServerProcess } from './server-process.js';
import { Tour } from './tour.js';

export interface Options {
  /** Exits after the tour. */
  readonly once: boolean;
  /** Starts with an empty database and new credentials. */
  readonly fresh: boolean;
  /** Contains the database, the credentials and the log. */
  readonly folder: string;
  readonly port: number;
  readonly casPort: number;
  /** Of the identity provider; undefined if the server trusts issuers of the environment instead. */
  readonly issuerPort: number | undefined;
  /** The database to use instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly environment: Variables;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Everything that was started, to be stopped in the opposite order. */
class Started {
  private readonly stops: (() => Promise<void>)[] = [];

  /** Registers how to stop it; throws immediately if the sandbox was interrupted. */
  add(signal: AbortSignal, stop: () => Promise<void>): void {
    this.stops.push(stop);
    signal.throwIfAborted();
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.toReversed()) await stop().catch(() => undefined);
  }
}

async function openDatabase(options: Options, started: Started, signal: AbortSignal) {
  if (options.databaseUrl !== undefined) {
    say('Using the database of DATABASE_URL.');
    return options.databaseUrl;
  }
  say('Starting Postgres …');
  const postgres = await startPostgres({
    dataDir: join(options.folder, 'postgres'),
    durable: true,
    // Messages of the launcher are useful here, Postgres's own lines are not.
    log: (line) => line.startsWith('postgres: ') || say(`  ${line}`),
  });
  started.add(signal, () => postgres.stop());
  return postgres.url;
}

async function openProvider(
  port: number | undefined,
  password: string,
  started: Started,
  signal: AbortSignal,
): Promise<IdentityProvider | undefined> {
  if (port === undefined) return undefined;
  say('Starting the identity provider …');
  const provider = await startIdentityProvider({ port, password });
  started.add(signal, () => provider.close());
  return provider;
}

/** From the built server, because the sandbox's build contains no file of the server. */
async function namesOfVariables(): Promise<string[]> {
  const { href } = new URL('../build/platform/config/examples.js', import.meta.url);
  const { EXAMPLES } = (await import(href)) as { EXAMPLES: Record<string, string> };
  return Object.keys(EXAMPLES);
}

async function work(options: Options, started: Started, signal: AbortSignal): Promise<void> {
  const { folder, port, casPort } = options;
  mkdirSync(folder, { recursive: true });
  const credentials = keepCredentials(folder, options.databaseUrl === undefined);
  const { casApiKey: apiKey, casApiSecret: apiSecret, admin, users } = credentials;
  const databaseUrl = await openDatabase(options, started, signal);
  say('Starting the sandbox CAS …');
  const cas = await startSandboxCas({ port: casPort, apiKey, apiSecret });
  started.add(signal, () => cas.close());
  // Ann's password, because it is random if the data may be reached from elsewhere.
  const provider = await openProvider(options.issuerPort, users[0].password, started, signal);
  say('Starting the server …');
  const logFile = join(folder, 'server.log');
  const { variables, passedOn, ignored } = environmentOf(
    options.environment,
    await namesOfVariables(),
    {
      DATABASE_URL: databaseUrl,
      CAS_URL: cas.url,
      CAS_ALLOW_HTTP: 'on',
      CAS_API_KEY: apiKey,
      CAS_API_SECRET: apiSecret,
      SECRET_KEYS: credentials.secretKeys,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    provider && { TRUSTED_ISSUERS: JSON.stringify([provider.entry]) },
  );
  if (passedOn.length > 0) say(`  passed on to it: ${passedOn.join(', ')}`);
  if (ignored.length > 0)
    say(`  ignored, because the sandbox sets them itself: ${ignored.join(', ')}`);
  const server = new ServerProcess(variables, port, logFile);
  started.add(signal, () => server.stop());
  await server.waitUntilReady(signal);

  const tour = new Tour(server.url, say, signal);
  say('\nThe main job, step by step:');
  await prepareDemo(tour, databaseUrl, admin, users);
  const backendKey = await tour.makeApiKey(admin, credentials.apiKey);
  keepApiKey(folder, backendKey);
  const tokenLife = (seconds: number | null) =>
    seconds === null ? cas.reset() : cas.behave({ shortLife: seconds });
  await tour.walk({ admin, users, provider, apiKey: backendKey }, tokenLife);
  say('\nEvery step succeeded.');
  if (options.once) return;
  showCard(say, {
    serverUrl: server.url,
    casUrl: cas.url,
    credentials,
    apiKey: backendKey,
    provider,
    logFile,
    accessTokenLife: Number(variables['ACCESS_TOKEN_TTL'] ?? 300),
  });
  await server.runUntil(signal);
}

async function empty({ folder, databaseUrl }: Options): Promise<void> {
  if (databaseUrl !== undefined)
    throw new Error('--fresh does not empty the database of DATABASE_URL: unset the variable.');
  await eraseData(join(folder, 'postgres'));
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the sandbox until it is interrupted; returns the exit code, with nothing left running. */
export async function runSandbox(options: Options): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // A second signal ends the process immediately; the watchdog still stops Postgres.
      if (interrupt.signal.aborted) process.exit(130);
      say('\nStopping …');
      interrupt.abort();
    });
  const started = new Started();
  try {
    if (options.databaseUrl === undefined) installedNative();
    if (options.fresh) await empty(options);
    await work(options, started, interrupt.signal);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await started.stop();
  }
}
