import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { createLog } from './common/log.js';
import { type Config, ConfigurationError, readConfig } from './config/config.js';
import { describeDatabaseError } from './database/database-errors.js';
import { createServer } from './server.js';

const SHUTDOWN_MS = 9_500;

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function loadConfig(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigurationError) fail(error.message);
    throw error;
  }
}

/** Nothing of an error but what may be read by anybody: drivers put passwords into theirs. */
function reasonOf(error: unknown): string {
  // A port that is taken; its message says which.
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen')
    return error.message;
  const database = describeDatabaseError(error);
  if (database) return `The database cannot be used (${String(database['code'])}).`;
  return error instanceof Error ? error.message : 'unknown error';
}

function shutDownOnSignal(app: NestFastifyApplication, log: Logger): void {
  const shutDown = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'shutting down');
    setTimeout(() => {
      log.warn('some requests did not end in time');
      process.exit(0);
    }, SHUTDOWN_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ reason: reasonOf(error) }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', shutDown);
  process.once('SIGINT', shutDown);
}

async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLog(config.LOG_LEVEL);
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      log.error({ reason: reasonOf(error) }, `${event}; this process ends`);
      process.exit(1);
    });
  try {
    const app = await createServer(config, log);
    shutDownOnSignal(app, log);
    await app.listen(config.PORT, config.HOST);
    log.info({ host: config.HOST, port: config.PORT }, 'listening');
  } catch (error) {
    if (error instanceof ConfigurationError) fail(error.message);
    fail(`The server cannot start. ${reasonOf(error)}`);
  }
}

await main();
