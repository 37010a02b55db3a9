import { Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { setUpApp } from './app.setup.js';
import { listening } from './platform/http/listening.js';
import { NestLog } from './platform/http/log.js';
import type { Config } from './platform/config/config.js';
import { migrate } from './platform/database/migrate.js';
import { createHttpAdapter } from './platform/http/http-adapter.js';

/** Connections that may wait to be accepted; further clients wait for a second or longer. */
const BACKLOG = 4_096;

/** Migrates the database and builds the server; it does not listen yet. */
export async function createServer(config: Config, log: Logger): Promise<NestFastifyApplication> {
  const logger = new NestLog(log);
  // Before the application exists, so that messages of its start-up are logged in the same format.
  NestLogger.overrideLogger(logger);
  await migrate(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(config),
    createHttpAdapter(config.TRUST_PROXY),
    { logger, bodyParser: false, abortOnError: false },
  );
  setUpApp(app, log);
  return app;
}

/** Starts to listen on `HOST` and `PORT`. @throws {CannotListen} */
export async function listen(app: NestFastifyApplication, config: Config): Promise<void> {
  const { HOST: host, PORT: port } = config;
  await app.init();
  await listening('', port, () => app.listen({ port, host, backlog: BACKLOG }));
}
