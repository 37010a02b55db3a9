import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** Formats say what zod's long patterns say. */
const SPEAKING_FORMATS = new Set(['date-time', 'uuid', 'email']);

/** Whether a text is taken that is a number inside, as in a query. */
function numberIn(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const out = schema instanceof z.ZodPipe ? schema.out : undefined;
  return out instanceof z.ZodNumber ? out : undefined;
}

/** By which field the kinds of a union are told apart, as OpenAPI wants it. */
function discriminatorOf(union: z.ZodDiscriminatedUnion) {
  const { discriminator: propertyName } = union.def;
  const mapping = union.options.flatMap((option) => {
    const reference = `#/components/schemas/${z.globalRegistry.get(option)?.id}`;
    const values = option._zod.propValues?.[propertyName] ?? [];
    return [...values].map((value) => [String(value), reference]);
  });
  return { propertyName, mapping: Object.fromEntries(mapping) as Record<string, string> };
}

/** The kinds of a union that are documented, where kinds of later releases pass as well. */
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

/** Callers must bear members that a later version adds to an answer. */
const simplifyAnswer: Override = (context) => {
  simplify(context);
  if (context.jsonSchema.additionalProperties === false)
    delete context.jsonSchema.additionalProperties;
};

/** JSON Schema 2020-12 of a zod schema, as OpenAPI 3.1 wants it. */
export const toJsonSchema: StandardSchemaConverter = (schema, { schemaType }) => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const override = schemaType === 'input' ? simplify : simplifyAnswer;
  const { $schema: _, $defs, ...converted } = z.toJSONSchema(schema, { io: schemaType, override });
  return { schema: converted, components: $defs ?? {} };
};
