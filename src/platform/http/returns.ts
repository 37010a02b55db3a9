import { applyDecorators, HttpCode, type StreamableFile } from '@nestjs/common';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { RouteConfig } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { documented } from './documented.js';

/** What a route may answer, by status; stands in the route's own configuration. */
export type Answers = Readonly<Record<number, z.ZodType>>;

type Handler<Answer> = (...args: never[]) => Answer | Promise<Answer>;
type HandlerDecorator<Answer> = <Method extends Handler<Answer>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

const HEADERS = {
  ETag: 'The version of the settings, to send as `If-Match`.',
  Location: 'The address of the new resource.',
} as const;

/** A header of an answer that callers may build on. */
export type AnswerHeader = keyof typeof HEADERS;

/**
 * States what a route answers. A handler of another shape does not compile, and what the schema
 * does not declare is stripped from the answer.
 */
export function Returns<Schema extends z.ZodType>(
  status: number,
  schema: Schema,
  ...headers: readonly AnswerHeader[]
): HandlerDecorator<z.input<Schema>> {
  return declare({ [status]: schema }, headers);
}

/** The same for a route with several answers; the first status is the usual one. */
export function ReturnsOneOf<Schemas extends Answers>(
  answers: Schemas,
): HandlerDecorator<z.input<Schemas[keyof Schemas]>> {
  return declare(answers, []);
}

function declare(answers: Answers, names: readonly AnswerHeader[]): MethodDecorator {
  const statuses = Object.keys(answers).map(Number);
  const headers = Object.fromEntries(
    names.map((name) => [
      name,
      { description: HEADERS[name], schema: { type: 'string' as const } },
    ]),
  );
  return applyDecorators(
    HttpCode(statuses[0] ?? 200),
    RouteConfig({ answers }),
    ...statuses.map((status) =>
      documented(({ ApiResponse }) =>
        ApiResponse({
          status,
          standardSchema: answers[status] as z.ZodType,
          ...(names.length > 0 && { headers }),
        }),
      ),
    ),
  );
}

/**
 * A route that sends its answer while it is made. No filter sees it whole: what makes it passes each
 * piece through the schema.
 */
export function ReturnsInPieces(schema: z.ZodType): HandlerDecorator<StreamableFile> {
  return declare({ 200: schema }, []);
}

/** A route that answers a file, as it is; JSON that is no message of ours counts as one. */
export function ReturnsFile(...mediaTypes: readonly string[]): HandlerDecorator<StreamableFile> {
  const content = mediaTypes.map((name) => {
    const type = name === 'application/json' ? 'object' : 'string';
    return [name, { schema: { type } }] as const;
  });
  return applyDecorators(
    HttpCode(200),
    RouteConfig({ answers: { 200: z.unknown() } }),
    documented(({ ApiResponse }) =>
      ApiResponse({ status: 200, content: Object.fromEntries(content) }),
    ),
  );
}

/** Member of an operation that says what its stream looks like. */
export const STREAM = 'x-stream';

/**
 * A route that answers JSON, or, to whoever accepts it, server-sent events, which it writes itself;
 * its handler then returns nothing.
 * @param stream what such a stream may look like
 */
export function ReturnsOrStreams<Schema extends z.ZodType>(
  schema: Schema,
  stream: string,
): HandlerDecorator<z.input<Schema> | void> {
  return applyDecorators(
    declare({ 200: schema }, []),
    documented(({ ApiExtension }) => ApiExtension(STREAM, stream)),
  );
}

/** A route that answers 204, without a body. */
export function ReturnsNothing(): HandlerDecorator<void> {
  return applyDecorators(
    HttpCode(204),
    RouteConfig({ answers: {} }),
    documented(({ ApiResponse }) => ApiResponse({ status: 204 })),
  );
}

/** What a handler declares to answer; undefined if it declares nothing. */
export function answersOf(handler: object): Answers | undefined {
  const config: unknown = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler);
  return (config as { answers?: Answers } | undefined)?.answers;
}
