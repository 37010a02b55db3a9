import { applyDecorators } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { ListTooLarge, PayloadTooLarge } from './problems.js';
import { Refuses } from './refuses.js';
import type { Request } from './request.js';
import { Configured } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    bodyLimits?: BodyLimits;
  }
}

/** The limits of a body, which apply before its schema. */
export interface BodyLimits {
  readonly bytes: number;
  /** Fields of all objects and entries of all lists together. */
  readonly fields: number;
  readonly TooLarge: typeof PayloadTooLarge | typeof ListTooLarge;
}

export const USUAL_BODY: BodyLimits = { bytes: 16_384, fields: 100, TooLarge: PayloadTooLarge };

// The number of fields is above 200 entries of 5 fields, so that the schema names the fault of a
// list that is slightly too long.
const BODY_WITH_LIST: BodyLimits = { bytes: 65_536, fields: 1_500, TooLarge: ListTooLarge };

/** Lets the body of a route contain a list of up to 200 objects. */
export function TakesList(): MethodDecorator {
  return applyDecorators(Configured({ bodyLimits: BODY_WITH_LIST }), Refuses(ListTooLarge));
}

/** Gives every later route the number of bytes that its decorator states. */
export function limitBodies(instance: FastifyInstance): void {
  instance.addHook('onRoute', (route) => {
    const limits = route.config?.bodyLimits;
    if (limits) route.bodyLimit = limits.bytes;
  });
}

export function limitsOf(request: Request): BodyLimits {
  return request.routeOptions.config.bodyLimits ?? USUAL_BODY;
}
