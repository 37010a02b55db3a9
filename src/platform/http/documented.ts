import type * as Swagger from '@nestjs/swagger';

type Decorator = (
  target: object,
  key?: string | symbol,
  descriptor?: TypedPropertyDescriptor<unknown>,
) => void;
type Describe = (swagger: typeof Swagger) => ClassDecorator | MethodDecorator;

const descriptions: ((swagger: typeof Swagger) => void)[] = [];

/**
 * A decorator of @nestjs/swagger that waits until somebody writes the reference. The server never
 * does: it serves the committed `openapi.json`, and starts without loading what made it.
 */
export function documented(describe: Describe): Decorator {
  return (target, key, descriptor) => {
    descriptions.push((swagger) => {
      (describe(swagger) as Decorator)(target, key, descriptor);
    });
  };
}

/** Hands what was described so far to @nestjs/swagger, once. */
export function describeWith(swagger: typeof Swagger): void {
  for (const describe of descriptions.splice(0)) describe(swagger);
}

/** The section of the reference that a controller's routes stand in. */
export function Section(name: string): ClassDecorator {
  return documented(({ ApiTags }) => ApiTags(name));
}

/**
 * The name by which generated clients call a route, and what it does, in one line.
 * @param description what a caller must know besides
 */
export function Operation(
  operationId: string,
  summary: string,
  description?: string,
): MethodDecorator {
  return documented(({ ApiOperation }) =>
    ApiOperation({ operationId, summary, ...(description !== undefined && { description }) }),
  ) as MethodDecorator;
}
