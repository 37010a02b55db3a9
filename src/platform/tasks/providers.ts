import type { DiscoveryService } from '@nestjs/core';

/**
 * Returns the providers of all modules, each once: an alias shares the instance of another
 * provider.
 */
export function providersOf(discovery: DiscoveryService): object[] {
  const instances = discovery.getProviders().map(({ instance }) => instance as unknown);
  return [...new Set(instances)].filter(isObject);
}

function isObject(instance: unknown): instance is object {
  return typeof instance === 'object' && instance !== null;
}
