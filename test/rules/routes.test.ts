import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ACCESS_LEVEL, OPEN_TO_GUESTS } from '../../src/platform/access/access.decorator.js';
import { answersOf } from '../../src/platform/http/returns.js';
import { useApp } from '../support/app.js';
import { handlersOf, type RouteHandler } from '../support/handlers.js';

const ROUTE_ARGUMENTS = '__routeArguments__';
const HTTP_CODE = '__httpCode__';

let handlers: RouteHandler[];

const server = useApp();

beforeAll(async () => {
  handlers = handlersOf(server.app);
});
interface Argument {
  readonly index: number;
  readonly data?: unknown;
  readonly schema?: unknown;
}

const named: Record<number, string> = {
  [RouteParamtypes.BODY]: 'body',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.PARAM]: 'path',
  [RouteParamtypes.HEADERS]: 'headers',
  [RouteParamtypes.RAW_BODY]: 'raw body',
};

/** The kinds of parameters that a handler takes from the request. */
function argumentsOf({ controller, name }: RouteHandler): { kind: string; argument: Argument }[] {
  const declared = (Reflect.getMetadata(ROUTE_ARGUMENTS, controller, name) ?? {}) as object;
  return Object.entries(declared).flatMap(([key, argument]) => {
    const kind = named[Number(key.split(':', 1)[0])];
    return kind === undefined ? [] : [{ kind, argument: argument as Argument }];
  });
}

const routesWhere = (found: (each: RouteHandler) => boolean) =>
  handlers.filter(found).map(({ route }) => route);

describe('the routes', () => {
  it('the test finds every route', () => {
    expect(handlers.length).toBeGreaterThanOrEqual(24);
    expect(new Set(handlers.map(({ route }) => route)).size).toBe(handlers.length);
  });

  it('every route is answered by a controller', () => {
    const instance: FastifyInstance = server.app.getHttpAdapter().getInstance();
    for (const { route } of handlers) {
      const [method = '', url = ''] = route.split(' ');
      expect(instance.hasRoute({ method, url })).toBe(true);
    }
    const printed = instance.printRoutes({ commonPrefix: false });
    const methods = [...printed.matchAll(/\((.+?)\)/g)].flatMap(([, list = '']) =>
      list.split(', '),
    );
    // Fastify adds HEAD to every GET.
    const served = methods.filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
    expect(served).toHaveLength(handlers.length);
  });

  it('every route declares who may call it', () => {
    const levels = ['anyone', 'signed-in', 'room', 'host', 'admin', 'key'];
    const undeclared = routesWhere(
      ({ handler }) => !levels.includes(String(Reflect.getMetadata(ACCESS_LEVEL, handler))),
    );
    expect(undeclared).toEqual([]);
  });

  it('only the routes of the contract are open to anyone', () => {
    const open = routesWhere(
      ({ handler }) => Reflect.getMetadata(ACCESS_LEVEL, handler) === 'anyone',
    );
    expect(open.sort((a, b) => a.localeCompare(b))).toEqual([
      'GET /.well-known/jwks.json',
      'GET /docs',
      'GET /docs/:file',
      'GET /health/live',
      'GET /health/ready',
      'GET /openapi.json',
      'POST /v1/auth/guest',
      'POST /v1/auth/login',
      'POST /v1/auth/refresh',
      'POST /v1/auth/register',
    ]);
  });

  it('only the routes of the contract are open to guests', () => {
    const open = routesWhere(
      ({ handler }) => Reflect.getMetadata(OPEN_TO_GUESTS, handler) === true,
    );
    expect(open.sort((a, b) => a.localeCompare(b))).toEqual([
      'GET /v1/me',
      'GET /v1/rooms/:room',
      'GET /v1/rooms/:room/events',
      'GET /v1/rooms/:room/participants',
      'POST /v1/auth/logout',
      'POST /v1/rooms/:room/heartbeat',
      'POST /v1/rooms/:room/join',
      'POST /v1/rooms/:room/leave',
      'POST /v1/rooms/:room/reports',
    ]);
  });

  it('every route validates its whole body, query and path with a schema', () => {
    const unchecked = routesWhere((each) =>
      argumentsOf(each).some(
        ({ argument: { schema, data } }) => !(schema instanceof z.ZodType) || data !== undefined,
      ),
    );
    expect(unchecked).toEqual([]);
  });

  it('every route with parameters in its path reads its path', () => {
    const untaken = routesWhere((each) => {
      const takesPath = argumentsOf(each).some(({ kind }) => kind === 'path');
      return each.route.includes(':') && !takesPath;
    });
    expect(untaken).toEqual([]);
  });

  it('the schema of every path names exactly the parts of the path', () => {
    const forgotten = routesWhere((each) => {
      const path = argumentsOf(each).find(({ kind }) => kind === 'path')?.argument.schema;
      const known = path instanceof z.ZodObject ? Object.keys(path.shape) : [];
      const parts = [...each.route.matchAll(/:(\w+)/g)].map(([, part]) => part);
      return JSON.stringify(known) !== JSON.stringify(parts);
    });
    expect(forgotten).toEqual([]);
  });

  it('POST, PUT and PATCH take a body, and GET and DELETE take none', () => {
    const odd = routesWhere((each) => {
      const takesBody = argumentsOf(each).some(({ kind }) => kind === 'body');
      return takesBody !== /^(POST|PUT|PATCH) /.test(each.route);
    });
    expect(odd).toEqual([]);
  });

  it('every route refuses unknown fields of its body and its query', () => {
    const lenient = routesWhere((each) =>
      argumentsOf(each).some(
        ({ kind, argument: { schema } }) =>
          kind !== 'path' &&
          schema instanceof z.ZodType &&
          schema
            .safeParse({ 'no such field': 1 })
            .error?.issues.every(({ code }) => code !== 'unrecognized_keys') !== false,
      ),
    );
    expect(lenient).toEqual([]);
  });

  it('every route declares its answer, or that it has no content', () => {
    const undeclared = routesWhere(({ handler }) => {
      const answers = answersOf(handler);
      const usual: unknown = Reflect.getMetadata(HTTP_CODE, handler);
      if (answers === undefined || typeof usual !== 'number') return true;
      return usual === 204
        ? Object.keys(answers).length > 0
        : !(answers[usual] instanceof z.ZodType);
    });
    expect(undeclared).toEqual([]);
  });

  it('no route answers with a bare list', () => {
    const bare = routesWhere(({ handler }) =>
      Object.values(answersOf(handler) ?? {}).some((schema) => schema instanceof z.ZodArray),
    );
    expect(bare).toEqual([]);
  });
});
