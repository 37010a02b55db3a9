import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** Formats that replace zod's long patterns. */
const SPEAKING_FORMATS = new Set(['date-time', 'uuid', 'email']);

/** Returns the number inside a schema that accepts a text, as in a query. */
function numberIn(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const out = schema instanceof z.ZodPipe ? schema.out : undefined;
  return out instanceof z.ZodNumber ? out : undefined;
}

/** Returns the field that distinguishes the kinds of a union, as OpenAPI requires. */
function discriminatorOf(union: z.ZodDiscriminatedUnion) {
  const { discriminator: propertyName } = union.def;
  const mapping = union.options.flatMap((option) => {
    const reference = `#/components/schemas/${z.globalRegistry.get(option)?.id}`;
    const values = option._zod.propValues?.[propertyName] ?? [];
    return [...values].map((value) => [String(value), reference]);
  });
  return { propertyName, mapping: Object.fromEntries(mapping) as Record<string, string> };
}

/** Returns the documented kinds of a union that also accepts the kinds of later releases. */
function documentedIn(schema: z.core.$ZodType): z.ZodDiscriminatedUnion | undefined {
  const [known] = schema instanceof z.ZodUnion ? schema.options : [];
  return known instanceof z.ZodDiscriminatedUnion ? known : undefined;
}

const simplify: Override = ({ zodSchema, jsonSchema }) => {
  const union = documentedIn(zodSchema);
  if (union && jsonSchema.anyOf) {
    Object.assign(jsonSchema, jsonSchema.anyOf[0], { discriminator: discriminatorOf(union) });
    delete jsonSchema.anyOf;
  }
  const number = numberIn(zodSchema);
  if (number) {
    delete jsonSchema.pattern;
    Object.assign(jsonSchema, z.toJSONSchema(number));
    delete jsonSchema.$schema;
  }
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
  if (SPEAKING_FORMATS.has(jsonSchema.format ?? '')) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

/** Callers must accept fields that a later version adds to an answer. */
const simplifyAnswer: Override = (context) => {
  simplify(context);
  if (context.jsonSchema.additionalProperties === false)
    delete context.jsonSchema.additionalProperties;
};

/** Converts a zod schema to JSON Schema 2020-12, as OpenAPI 3.1 requires. */
export const toJsonSchema: StandardSchemaConverter = (schema, { schemaType }) => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const override = schemaType === 'input' ? simplify : simplifyAnswer;
  const { $schema: _, $defs, ...converted } = z.toJSONSchema(schema, { io: schemaType, override });
  return { schema: converted, components: $defs ?? {} };
};
