import type { DiscoveryService } from '@nestjs/core';

/** Returns the providers of all modules, each once, because aliases share instances. */
export function providersOf(discovery: DiscoveryService): object[] {
  const instances = discovery.getProviders().map(({ instance }) => instance as unknown);
  return [...new Set(instances)].filter(isObject);
}

function isObject(instance: unknown): instance is object {
  return typeof instance === 'object' && instance !== null;
}
