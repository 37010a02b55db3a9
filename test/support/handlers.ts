import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

type Handler = (...args: unknown[]) => unknown;
type Controller = abstract new (...args: never[]) => object;

/** A route as Nest declares it: the method of a controller that answers it. */
export interface RouteHandler {
  /** `POST /v1/rooms/:room/join` */
  readonly route: string;
  readonly controller: Controller;
  readonly name: string;
  readonly handler: Handler;
}

/** Returns every handler of every controller. */
export function handlersOf(app: NestFastifyApplication): RouteHandler[] {
  const modules = [...app.get(ModulesContainer).values()];
  const wrappers = modules.flatMap(({ controllers }) => [...controllers.values()]);
  const controllers = new Set(wrappers.map(({ metatype }) => metatype as Controller));
  return [...controllers].flatMap((controller) =>
    Object.entries(Object.getOwnPropertyDescriptors(controller.prototype)).flatMap(
      ([name, { value }]: [string, PropertyDescriptor]) => {
        const handler = value as Handler;
        const method: unknown = handler && Reflect.getMetadata('method', handler);
        if (typeof method !== 'number') return [];
        const parts = [controller, handler].map((each) =>
          String(Reflect.getMetadata('path', each)),
        );
        const path = `/${parts.join('/')}`.replaceAll(/\/+/g, '/').replace(/\/$/, '');
        return [{ route: `${RequestMethod[method]} ${path}`, controller, name, handler }];
      },
    ),
  );
}
