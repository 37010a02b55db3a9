/** The parts of a JSON Schema that examples depend on. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly required?: readonly string[];
}

const ID = '019aa3f2-7c1e-7d3a-9b58-3f1f0e6a2c44';
const TIME = '2031-05-30T18:00:00.000Z';

/** Fields whose name says more than their type. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  email: 'ada@example.org',
  displayName: 'Ada',
  password: 'correct horse battery',
  currentPassword: 'correct horse battery',
  newPassword: 'seven quiet rivers',
  name: 'Finals watch party',
  slug: 'finals',
  description: 'Everybody brings popcorn.',
  accessCode: 'popcorn',
  inviteCode: 'lki_Zk3v0mQ2x7Yc1bT9uEoWgRaP5hs',
  code: 'lki_Zk3v0mQ2x7Yc1bT9uEoWgRaP5hs',
  maxUses: 10,
  note: 'For the team.',
  metadata: { league: 'north' },
  capacity: 50,
  room: 'finals',
  accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl',
  refreshToken: 'lkr_9f2c7a41',
  deviceToken: 'lkd_51b0e7d3',
  token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
  fingerprint: '3f9a-c27e',
  createdAt: '2031-05-01T09:00:00.000Z',
  updatedAt: '2031-05-12T14:30:00.000Z',
  generation: 3,
  participantCount: 12,
  earlyEntrySeconds: 900,
  premintSeconds: 60,
  limit: 50,
  closesAt: '2031-05-30T21:00:00.000Z',
  serverTime: '2031-05-30T18:00:04.210Z',
  refreshAfter: '2031-05-30T18:59:30.000Z',
  expiresAt: '2031-05-30T19:00:00.000Z',
  file: 'start.js',
  kty: 'EC',
  kid: '4f1c2a',
  nextCursor: null,
  lastEventId: '42',
};

function typeOf({ type }: Shape): string | undefined {
  return typeof type === 'object' ? type[0] : type;
}

/** Creates examples for schemas of the document, from the names and the types of their fields. */
export class Examples {
  constructor(private readonly components: Readonly<Record<string, Shape>>) {}

  of(schema: Shape, name = ''): unknown {
    if (schema.example !== undefined) return schema.example;
    if (schema.$ref !== undefined) return this.of(this.resolve(schema), name);
    const [first] = schema.anyOf ?? schema.oneOf ?? [];
    if (first) return this.of(first, name);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return schema.default ?? schema.enum[0];
    const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
    if (known !== undefined && this.fits(known, schema)) return known;
    return this.byType(schema);
  }

  /** Whether an object has a required field. */
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

  private byType(schema: Shape): unknown {
    switch (typeOf(schema)) {
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, member]) => [
            name,
            this.of(member, name),
          ]),
        );
      case 'array':
        return [this.of(schema.items ?? {})];
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
