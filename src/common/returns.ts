import { applyDecorators, HttpCode, SerializeOptions } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

type Handler<Answer> = (...args: never[]) => Answer | Promise<Answer>;
type HandlerDecorator<Answer> = <Method extends Handler<Answer>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * States what a route answers. A handler of another shape does not compile, and what the schema
 * does not declare is stripped from the answer.
 */
export function Returns<Schema extends z.ZodType>(
  status: number,
  schema: Schema,
): HandlerDecorator<z.input<Schema>> {
  return applyDecorators(
    HttpCode(status),
    SerializeOptions({ schema }),
    ApiResponse({ status, standardSchema: schema }),
  );
}

/** A route that answers 204, without a body. */
export function ReturnsNothing(): HandlerDecorator<void> {
  return applyDecorators(HttpCode(204), ApiResponse({ status: 204 }));
}
