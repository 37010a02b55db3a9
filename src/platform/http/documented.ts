import type * as Swagger from '@nestjs/swagger';

type Decorator = (
  target: object,
  key?: string | symbol,
  descriptor?: TypedPropertyDescriptor<unknown>,
) => void;
type Describe = (swagger: typeof Swagger) => ClassDecorator | MethodDecorator;

const descriptions: ((swagger: typeof Swagger) => void)[] = [];

/** Applies a decorator of @nestjs/swagger only when the reference is written, not in the server. */
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

/** Describes a route; the summary is in the imperative, without a full stop: “Join a room”. */
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
