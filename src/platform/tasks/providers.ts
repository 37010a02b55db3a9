import type { DiscoveryService } from '@nestjs/core';

/** The providers of all modules, each once: an alias has the instance of another provider. */
export function providersOf(discovery: DiscoveryService): object[] {
  const instances = discovery.getProviders().map(({ instance }) => instance as unknown);
  return [...new Set(instances)].filter(isObject);
}

function isObject(instance: unknown): instance is object {
  return typeof instance === 'object' && instance !== null;
}
