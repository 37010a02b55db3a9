import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import type { Config } from '../../src/platform/config/config.js';

/** Never read, so that a new variable needs no value here. */
const NO_CONFIG = {} as Config;

/**
 * Declares the server's modules and controllers without instantiating them (Nest's “preview”), so
 * that the reference is written without a configuration and without a database.
 */
export function describedApp(): Promise<INestApplication> {
  return NestFactory.create(AppModule.register(NO_CONFIG), new FastifyAdapter(), {
    preview: true,
    logger: ['error'],
    abortOnError: false,
  });
}
