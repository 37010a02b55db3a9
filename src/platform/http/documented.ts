import type * as Swagger from '@nestjs/swagger';

type Decorator = (
  target: object,
  key?: string | symbol,
  descriptor?: TypedPropertyDescriptor<unknown>,
) => void;
type Describe = (swagger: typeof Swagger) => ClassDecorator | MethodDecorator;

const descriptions: ((swagger: typeof Swagger) => void)[] = [];

/**
 * A decorator of @nestjs/swagger that is applied only when the reference is written. The server
 * never applies it: it serves the committed `openapi.json`, and starts without loading
 * @nestjs/swagger.
 */
export function documented(describe: Describe): Decorator {
  return (target, key, descriptor) => {
    descriptions.push((swagger) => {
      (describe(swagger) as Decorator)(target, key, descriptor);
    });
  };
}

/** Applies the decorators recorded so far with @nestjs/swagger, once. */
export function describeWith(swagger: typeof Swagger): void {
  for (const describe of descriptions.splice(0)) describe(swagger);
}

/** Puts a controller's routes into a section of the reference. */
export function Section(name: string): ClassDecorator {
  return documented(({ ApiTags }) => ApiTags(name));
}

/**
 * Describes a route for its callers.
 * @param operationId the name that generated clients give it
 * @param summary what it does, in the imperative and without a full stop: “Join a room”
 * @param sentences one to four: when to use it, what the answer means, and what to do next
 */
export function Operation(
  operationId: string,
  summary: string,
  ...sentences: readonly [string, ...string[]]
): MethodDecorator {
  const description = sentences.join(' ');
  return documented(({ ApiOperation }) =>
    ApiOperation({ operationId, summary, description }),
  ) as MethodDecorator;
}
