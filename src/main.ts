import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { createLog } from './platform/http/log.js';
import { type Config, ConfigurationError, readConfig } from './platform/config/config.js';
import { tuneHeap } from './platform/tasks/heap.js';
import { reasonOf } from './platform/database/reason.js';
import { createServer, listen } from './server.js';

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

function shutDownOnSignal(app: NestFastifyApplication, log: Logger): void {
  const shutDown = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'shutting down');
    setTimeout(() => {
      log.warn('some requests did not end before the shutdown deadline');
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
  tuneHeap();
  const config = loadConfig();
  const log = createLog(config.LOG_LEVEL);
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      log.error({ reason: reasonOf(error) }, `${event}; the process exits`);
      process.exit(1);
    });
  try {
    const app = await createServer(config, log);
    shutDownOnSignal(app, log);
    await listen(app, config);
    log.info({ host: config.HOST, port: config.PORT }, 'listening');
  } catch (error) {
    if (error instanceof ConfigurationError) fail(error.message);
    fail(`The server cannot start. ${reasonOf(error)}`);
  }
}

await main();
