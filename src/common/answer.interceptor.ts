import { Injectable, StandardSchemaSerializerInterceptor } from '@nestjs/common';
import type { z } from 'zod';

/** Passes every answer through the schema that its route declares with `@Returns`. */
@Injectable()
export class AnswerInterceptor extends StandardSchemaSerializerInterceptor {
  // Nest's own error omits where the answer is wrong; the values stay out of it, they may be secret.
  override async transformToPlain(answer: unknown, schema: z.ZodType<object>): Promise<object> {
    const result = schema.safeParse(answer);
    if (result.success) return result.data;
    const places = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`);
    throw new TypeError(`The answer breaks its schema at ${places.join(', ')}`);
  }
}
