import type { FastifyInstance } from 'fastify';
import type { Request } from './request.js';

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  /** As the reference writes it. */
  readonly path: string;
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

/** The methods that the path of this request answers to, sorted. */
export function methodsOf(request: Request): string[] {
  const methods = routesAt(request, pathOf(request)).map(({ method }) => method);
  return [...new Set(methods)].sort();
}

/**
 * The path that somebody meant who left out `/v1`, wrote another prefix or capital letters, or a
 * slash too many; as the reference writes it, so that nothing of the request is repeated.
 */
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
