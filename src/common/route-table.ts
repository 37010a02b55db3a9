import type { FastifyInstance } from 'fastify';
import type { Request } from './request.js';

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
}

const tables = new WeakMap<FastifyInstance, Route[]>();

/** Remembers every route from now on, for the `Allow` header of a 405. */
export function recordRoutes(instance: FastifyInstance): void {
  const routes: Route[] = [];
  tables.set(instance, routes);
  instance.addHook('onRoute', ({ method, url }) => {
    // The catch-all of the framework's own not-found handling is no route of ours.
    if (url.includes('*')) return;
    const source = url.replaceAll(/:[^/]+|[.*+?^${}()|[\]\\]/g, (part) =>
      part.startsWith(':') ? '[^/]+' : `\\${part}`,
    );
    const pattern = new RegExp(`^${source}$`);
    for (const name of [method].flat()) routes.push({ method: name, pattern });
  });
}

/** The methods that the path of this request answers to, sorted. */
export function methodsOf(request: Request): string[] {
  const [path = ''] = request.url.split('?', 1);
  const routes = tables.get(request.server) ?? [];
  const methods = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(methods)].sort();
}
