import type { FastifyInstance } from 'fastify';
import type { Request } from './request.js';

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly path: string;
}

const tables = new WeakMap<FastifyInstance, Route[]>();

/** Records every route from now on, for the `Allow` header of a 405. */
export function recordRoutes(instance: FastifyInstance): void {
  const routes: Route[] = [];
  tables.set(instance, routes);
  instance.addHook('onRoute', ({ method, url }) => {
    // The catch-all of the framework's not-found handling is not a route of ours.
    if (url.includes('*')) return;
    const source = url.replaceAll(/:[^/]+|[.*+?^${}()|[\]\\]/g, (part) =>
      part.startsWith(':') ? '[^/]+' : `\\${part}`,
    );
    const pattern = new RegExp(`^${source}$`);
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    for (const name of [method].flat()) routes.push({ method: name, pattern, path });
  });
}

function routesAt({ server }: Request, path: string): Route[] {
  return (tables.get(server) ?? []).filter(({ pattern }) => pattern.test(path));
}

function pathOf({ url }: Request): string {
  return url.split('?', 1).join();
}

export function methodsOf(request: Request): string[] {
  const methods = routesAt(request, pathOf(request)).map(({ method }) => method);
  return [...new Set(methods)].sort();
}

/** Suggests the path that a caller probably meant; it repeats no text of the request. */
export function pathMeantBy(request: Request): string | undefined {
  const path = pathOf(request)
    .toLowerCase()
    .replaceAll(/\/{2,}/g, '/')
    .replace(/\/$/, '');
  const rest = path.replace(/^\/(api\/)?(v\d+\/)?/, '');
  for (const candidate of [path, `/v1/${rest}`, `/v1/auth/${rest}`, `/${rest}`]) {
    const [route] = routesAt(request, candidate);
    if (route) return route.path;
  }
  return undefined;
}
