import { applyDecorators, HttpCode } from '@nestjs/common';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** What a route may answer, by status; stands in the route's own configuration. */
export type Answers = Readonly<Record<number, z.ZodType>>;

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
  return ReturnsOneOf({ [status]: schema });
}

/** The same for a route with several answers; the first status is the usual one. */
export function ReturnsOneOf<Schemas extends Answers>(
  answers: Schemas,
): HandlerDecorator<z.input<Schemas[keyof Schemas]>> {
  const statuses = Object.keys(answers).map(Number);
  return applyDecorators(
    HttpCode(statuses[0] ?? 200),
    RouteConfig({ answers }),
    ...statuses.map((status) =>
      ApiResponse({ status, standardSchema: answers[status] as z.ZodType }),
    ),
  );
}

/** A route that answers 204, without a body. */
export function ReturnsNothing(): HandlerDecorator<void> {
  return applyDecorators(HttpCode(204), RouteConfig({ answers: {} }), ApiResponse({ status: 204 }));
}

/** What a handler declares to answer; undefined if it declares nothing. */
export function answersOf(handler: object): Answers | undefined {
  const config: unknown = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler);
  return (config as { answers?: Answers } | undefined)?.answers;
}
