import { applyDecorators, HttpCode, type StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { documented } from './documented.js';
import { configOf, Configured } from './route-config.js';

/** The answers of a route, by status; stored in the route's configuration. */
export type Answers = Readonly<Record<number, z.ZodType>>;

type Handler<Answer> = (...args: never[]) => Answer | Promise<Answer>;
type HandlerDecorator<Answer> = <Method extends Handler<Answer>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

const HEADERS = {
  ETag: 'The version of the settings, to send as `If-Match`.',
  Location: 'The path of the new resource.',
} as const;

export type AnswerHeader = keyof typeof HEADERS;

/** Declares the answer: another type does not compile, and undeclared fields are removed. */
export function Returns<Schema extends z.ZodType>(
  status: number,
  schema: Schema,
  ...headers: readonly AnswerHeader[]
): HandlerDecorator<z.input<Schema>> {
  return declare({ [status]: schema }, headers);
}

/** Declares a route with several answers; the first status is the default. */
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
    Configured({ answers }),
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

/** Declares an answer in pieces; the handler passes each piece through the schema. */
export function ReturnsInPieces(schema: z.ZodType): HandlerDecorator<StreamableFile> {
  return declare({ 200: schema }, []);
}

/** Declares a route that answers with an unchanged file, or with JSON without a schema. */
export function ReturnsFile(...mediaTypes: readonly string[]): HandlerDecorator<StreamableFile> {
  const content = mediaTypes.map((name) => {
    const type = name === 'application/json' ? 'object' : 'string';
    return [name, { schema: { type } }] as const;
  });
  return applyDecorators(
    HttpCode(200),
    Configured({ answers: { 200: z.unknown() } }),
    documented(({ ApiResponse }) =>
      ApiResponse({ status: 200, content: Object.fromEntries(content) }),
    ),
  );
}

export const STREAM = 'x-stream';

/** Declares JSON or server-sent events; the handler writes the stream, and returns nothing. */
export function ReturnsOrStreams<Schema extends z.ZodType>(
  schema: Schema,
  stream: string,
): HandlerDecorator<z.input<Schema> | void> {
  return applyDecorators(
    declare({ 200: schema }, []),
    documented(({ ApiExtension }) => ApiExtension(STREAM, stream)),
  );
}

export function ReturnsNothing(): HandlerDecorator<void> {
  return applyDecorators(
    HttpCode(204),
    Configured({ answers: {} }),
    documented(({ ApiResponse }) => ApiResponse({ status: 204 })),
  );
}

export function answersOf(handler: object): Answers | undefined {
  return configOf(handler)['answers'] as Answers | undefined;
}
