import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import type { Fault } from './problem.js';
import { InvalidRequest } from './problems.js';
import { inWords } from './validation-words.js';

function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function* placesOf(error: z.ZodError): Generator<{ path: PropertyKey[]; detail: string }> {
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) yield { path: [...issue.path, key], detail: issue.message };
    else yield { path: issue.path, detail: issue.message };
  }
}

const PLACES = {
  body: { where: 'body', unnamed: 'a field, named in errors,' },
  query: { where: 'query', unnamed: 'a parameter, named in errors,' },
  param: { where: 'path', unnamed: 'a parameter, named in errors,' },
  custom: { where: 'request', unnamed: 'a part, named in errors,' },
} as const;
type Place = (typeof PLACES)[keyof typeof PLACES];

/** Describes the first fault in a sentence. It leaves out names that come from the caller. */
function summaryOf({ where, unnamed }: Place, errors: readonly Fault[]): string {
  const [first, ...more] = errors;
  if (!first) return `The ${where} is not valid: compare it with the reference at /docs.`;
  const place = 'pointer' in first ? first.pointer.slice(1) : first.parameter;
  const subject = /^[a-z_]\w{0,29}$/i.test(place) ? place : unnamed;
  const rest = more.length > 0 ? ` ${more.length} more in errors.` : '';
  return `The ${where} is not valid: ${subject} ${first.detail}.${rest}`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function notAnObject(body: unknown): string {
  const came = (kind: string) => `The body must be a JSON object; it came as ${kind}`;
  if (typeof body === 'string' && isJson(body)) return `${came('a text')}: do not encode it twice.`;
  const kind = Array.isArray(body)
    ? 'a list'
    : { string: 'a text', number: 'a number', boolean: 'true or false' }[typeof body as string];
  return `${came(kind ?? 'null')}: send its fields in braces, such as {"name": "value"}.`;
}

/** Checks body, query and path against the schema of the parameter. @throws {InvalidRequest} */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  transform(value: unknown, { type, schema }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    // A body whose fields are all optional may be left out.
    const given = type === 'body' && value === undefined ? {} : value;
    const result = schema.safeParse(given, { error: inWords });
    if (result.success) return result.data;
    const errors = Array.from(placesOf(result.error), ({ path, detail }): Fault =>
      type === 'body'
        ? { pointer: pointerTo(path), detail }
        : { parameter: path.map(String).join('.'), detail },
    );
    const summary =
      type === 'body' && !isObject(given) ? notAnObject(given) : summaryOf(PLACES[type], errors);
    throw new InvalidRequest(summary, { errors });
  }
}
