import fc from 'fast-check';
import { ODD_TIMES, oddBody, oddOrPlain, oddText, oddValue } from './odd-values.js';
import type { Contract, Endpoint, Schema } from './openapi.js';

/** A request as it is sent. */
export interface HostileRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly caller: string;
}

/** Few passwords are long enough to be hashed, because a hash costs 30 ms. */
const password = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>('', 7, null, [], 'x'.repeat(129)), weight: 60 },
  { arbitrary: fc.constant('a password for tests'), weight: 1 },
);

/** Generates values that mostly fit a schema. */
class Values {
  constructor(private readonly contract: Contract) {}

  of(schema: Schema, name = ''): fc.Arbitrary<unknown> {
    const {
      $ref,
      enum: choices,
      anyOf,
    } = schema as Schema & {
      enum?: unknown[];
      anyOf?: Schema[];
    };
    if ($ref !== undefined)
      return this.of(this.contract.document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
    if (/password$/i.test(name)) return password;
    if (choices) return fc.constantFrom(...choices);
    if (anyOf) return fc.oneof(...anyOf.map((each) => this.of(each, name)));
    return fc.oneof(...[schema.type ?? 'object'].flat().map((type) => this.ofType(type, schema)));
  }

  private ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
    const { format, minimum, maximum, minLength, maxLength, pattern, properties } =
      schema as Schema & Partial<Record<'minimum' | 'maximum' | 'minLength' | 'maxLength', number>>;
    if (type === 'null') return fc.constant(null);
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer' || type === 'number')
      return fc.integer({ min: minimum ?? 0, max: maximum ?? 1_000_000 });
    if (type === 'object')
      return properties ? this.ofObject(schema) : fc.dictionary(fc.string(), oddOrPlain);
    if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
    if (format === 'uuid') return fc.uuid();
    if (format === 'email') return fc.nat(1e9).map((number) => `hostile-${number}@example.org`);
    if (format === 'date-time')
      return fc.oneof(
        fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString()),
        fc.constantFrom(...ODD_TIMES),
      );
    const length = { minLength: minLength ?? 0, maxLength: Math.min(maxLength ?? 100, 2_000) };
    return fc.string({ unit: 'grapheme', ...length });
  }

  /** Generates an object that fits its schema, or has an odd or an additional field. */
  ofObject(schema: Schema): fc.Arbitrary<unknown> {
    const { required = [], properties = {} } = schema as Schema & { required?: string[] };
    const names = Object.keys(properties);
    const members = names.map((name) => [name, this.of(properties[name] as Schema, name)]);
    const right = fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: required,
    });
    const more = fc.dictionary(oddText, oddValue, { minKeys: 1, maxKeys: 3 });
    const wrong = names.length > 0 ? fc.dictionary(fc.constantFrom(...names), oddValue) : more;
    return fc.oneof(
      { arbitrary: right, weight: 5 },
      ...[wrong, more].map((odd) => ({
        arbitrary: fc.tuple(right, odd).map((both) => Object.assign({}, ...both) as unknown),
        weight: 1,
      })),
    );
  }
}

/** Encodes any value for a path or a query; half of a surrogate pair becomes bytes that are not UTF-8. */
const escaped = (text: string) =>
  text.isWellFormed() ? encodeURIComponent(text).replaceAll('%2E', '.') : '%ED%A0%80';

const oddPart = fc.oneof(
  fc.constantFrom(
    '%',
    '%zz',
    '%00',
    '%ff',
    '..',
    '.',
    '%2e%2e%2f',
    'a%20b',
    'a;b',
    'x'.repeat(300),
  ),
  oddText.filter((text) => text !== '').map(escaped),
);

const oddHeaders = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json; charset=utf-8',
      'application/merge-patch+json',
      'application/json; charset=utf-16',
      'text/plain',
      'multipart/form-data; boundary=x',
      '*/*',
    ),
    'if-match': fc.constantFrom('*', '"1"', 'W/"1"', '"1", "2"', '1', '"', '""'.repeat(500)),
    'idempotency-key': fc.oneof(fc.constantFrom('a', 'x'.repeat(300), '\u00e9'), fc.uuid()),
    'x-forwarded-for': fc.constantFrom('::1', 'nonsense', '1.2.3.4, 5.6.7.8'),
    'user-agent': fc.constantFrom('', 'x'.repeat(3_000), '\u00ff\u00fe', 'a\tb'),
    'x-http-method-override': fc.constant('DELETE'),
    accept: fc.constantFrom('text/html', 'application/xml;q=1', '*'),
    cookie: fc.constantFrom('a=b', '__proto__=1', 'x'.repeat(4_000)),
    origin: fc.constantFrom('null', 'https://elsewhere.example'),
    'accept-encoding': fc.constant('gzip;q=nonsense'),
  },
  { requiredKeys: [] },
);

/** Generates requests to one endpoint; `{name}` in its path becomes a value of `known` or an odd text. */
export function requestsTo(
  contract: Contract,
  { path, operation }: Endpoint,
  known: Readonly<Record<string, readonly string[]>>,
  callers: readonly string[],
): fc.Arbitrary<HostileRequest> {
  const values = new Values(contract);
  const parameters = operation.parameters ?? [];
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const filled = fc
    .tuple(
      ...parts.map((name) =>
        fc.oneof(
          { arbitrary: fc.constantFrom(...(known[name] ?? ['x'])), weight: 5 },
          { arbitrary: oddPart, weight: 1 },
        ),
      ),
    )
    .map((chosen) =>
      parts.reduce((at, name, index) => at.replace(`{${name}}`, () => chosen[index] ?? ''), path),
    );
  const queries = parameters
    .filter((each) => each.in === 'query')
    .map(({ name, schema }) =>
      fc
        .oneof(values.of(schema, name), oddText)
        .map((value) => `${name}=${escaped(String(value))}`),
    );
  const oddQuery = fc.constantFrom(
    'limit=1&limit=2',
    '__proto__=1',
    'a[]=1',
    '&&=&',
    'limit[a]=1',
    'x=%zz',
  );
  const query = fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 },
    { arbitrary: fc.array(fc.oneof(...queries, oddQuery), { maxLength: 4 }), weight: 2 },
  );
  const schema = operation.requestBody?.content['application/json']?.schema;
  const meant = schema && values.of(schema).map((value) => JSON.stringify(value));
  const body = meant
    ? fc.oneof({ arbitrary: meant, weight: 5 }, { arbitrary: oddBody, weight: 1 })
    : fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary: oddBody, weight: 1 });
  return fc
    .record({
      path: filled,
      query,
      body,
      headers: fc.oneof(
        { arbitrary: fc.constant({}), weight: 3 },
        { arbitrary: oddHeaders, weight: 1 },
      ),
      caller: fc.constantFrom(...callers),
    })
    .map(({ path, query, body, headers, caller }) => ({
      path: query.length > 0 ? `${path}?${query.join('&')}` : path,
      body,
      caller,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    }));
}
