import { ANSWERS, OBJECTS, type Values } from './answer-values.js';
import { BODIES, BY_NAME, PARAMETERS, PARAMETERS_BY_NAME } from './sandbox-values.js';

/** The parts of a JSON Schema that examples depend on. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly required?: readonly string[];
}

const ID = '019aa3f2-9d3b-7a10-8c5e-0b7d4e2f6a91';
const TIME = '2031-05-30T18:00:00.000Z';

function typeOf({ type }: Shape): string | undefined {
  return typeof type === 'object' ? type[0] : type;
}

/** Whether a value is in the list that `openEnum` writes into its description. */
function isListed(value: unknown, { description = '' }: Shape): boolean {
  return typeof value === 'string' && description.includes(`\`${value}\``);
}

/** Examples for schemas of the document, from the names and the types of their fields. */
export class Examples {
  constructor(private readonly components: Readonly<Record<string, Shape>>) {}

  /** The body to send to an operation. */
  ofBody(operationId: string, schema: Shape): unknown {
    return BODIES[operationId] ?? this.of(schema);
  }

  ofParameter(operationId: string, name: string, schema: Shape): unknown {
    return PARAMETERS[operationId]?.[name] ?? PARAMETERS_BY_NAME[name] ?? this.of(schema, name);
  }

  /** The answer of an operation, in which the fields of its subject have the values of ANSWERS. */
  ofAnswer(operationId: string, status: string, schema: Shape): unknown {
    const answers = { ...ANSWERS[operationId], ...ANSWERS[`${operationId} ${status}`] };
    return this.of(schema, '', answers);
  }

  /**
   * @param name of the field
   * @param stated values that fields have at any depth, if they are there
   * @param object the name of the schema or of the field, by which OBJECTS has values
   */
  private of(schema: Shape, name = '', stated: Values = {}, object = name): unknown {
    const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
    if (schema.example !== undefined) return isListed(known, schema) ? known : schema.example;
    if (schema.$ref !== undefined)
      return this.of(this.resolve(schema), name, stated, schema.$ref.split('/').at(-1));
    const [first] = schema.anyOf ?? schema.oneOf ?? [];
    if (first) return this.of(first, name, stated);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum)
      return schema.enum.includes(known) ? known : (schema.default ?? schema.enum[0]);
    if (known !== undefined && this.fits(known, schema)) return known;
    return this.byType(schema, stated, object);
  }

  /** Whether an object has a field that must be there. */
  isRequired(schema: Shape): boolean {
    return (this.resolve(schema).required ?? []).length > 0;
  }

  private resolve(schema: Shape): Shape {
    const { $ref } = schema;
    return $ref === undefined ? schema : (this.components[$ref.split('/').at(-1) ?? ''] ?? {});
  }

  private fits(value: unknown, schema: Shape): boolean {
    const types = [schema.type].flat();
    if (value === null) return types.includes('null');
    if (typeof value === 'number') return types.includes('integer') || types.includes('number');
    if (typeof value === 'object') return types.includes('object') && !schema.properties;
    return types.includes(typeof value);
  }

  /** The fields of an object, without the fields that are stated as undefined. */
  private fieldsOf({ properties = {} }: Shape, stated: Values, object: string): object {
    const values: Values = { ...OBJECTS[object], ...stated };
    const fields = Object.entries(properties).map(([name, field]) => [
      name,
      Object.hasOwn(values, name) ? values[name] : this.of(field, name, stated),
    ]);
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as object;
  }

  private byType(schema: Shape, stated: Values, object: string): unknown {
    switch (typeOf(schema)) {
      case 'object':
        return this.fieldsOf(schema, stated, object);
      case 'array':
        return [this.of(schema.items ?? {}, '', stated)];
      case 'integer':
      case 'number':
        return schema.default ?? Math.max(schema.minimum ?? 0, 1);
      case 'boolean':
        return schema.default ?? true;
      case 'string':
        return schema.format === 'uuid' ? ID : schema.format === 'date-time' ? TIME : 'text';
      case undefined:
      default:
        return null;
    }
  }
}
