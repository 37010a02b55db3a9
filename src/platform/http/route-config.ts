import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';

type Values = Readonly<Record<string, unknown>>;

/** Returns what the decorators of a handler have put into the configuration of its route. */
export function configOf(handler: object): Values {
  const config: unknown = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler);
  return (config ?? {}) as Values;
}

/** Adds to the configuration of a route; `RouteConfig` alone would replace earlier values. */
export function Configured(values: Values): MethodDecorator {
  return (target, key, descriptor) => {
    const before = configOf(descriptor.value as object);
    RouteConfig({ ...before, ...values })(target, key, descriptor);
  };
}
