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

/** The place of each fault; a member that is not known is a fault of its own. */
function* placesOf(error: z.ZodError): Generator<{ path: PropertyKey[]; detail: string }> {
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) yield { path: [...issue.path, key], detail: issue.message };
    else yield { path: issue.path, detail: issue.message };
  }
}

/** The first fault, for who reads no more than one sentence. Names of callers' own are left out. */
function summaryOf(where: string, errors: readonly Fault[]): string {
  const [first, ...more] = errors;
  if (!first) return `The ${where} is not valid.`;
  const place = 'pointer' in first ? first.pointer.slice(1) : first.parameter;
  const subject = /^[a-zA-Z]{1,30}$/.test(place) ? place : `what errors names`;
  const rest = more.length > 0 ? ` ${more.length} more in errors.` : '';
  return `The ${where} is not valid: ${subject} ${first.detail}.${rest}`;
}

/** Checks body, query and path against the schema that stands at the parameter. */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  transform(value: unknown, { type, schema }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    // A body without any required member may be left out.
    const result = schema.safeParse(type === 'body' && value === undefined ? {} : value, {
      error: inWords,
    });
    if (result.success) return result.data;
    const errors = Array.from(placesOf(result.error), ({ path, detail }): Fault =>
      type === 'body'
        ? { pointer: pointerTo(path), detail }
        : { parameter: path.map(String).join('.'), detail },
    );
    const where = {
      body: 'body',
      query: 'query',
      param: 'path',
      custom: 'request',
      header: 'header',
    };
    throw new InvalidRequest(summaryOf(where[type as keyof typeof where], errors), { errors });
  }
}
