import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Client } from './client.js';

/** The parts of a JSON Schema that tests read. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}
export interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Media>>;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: unknown;
}
/** Of a component. */
export interface Reference {
  readonly $ref: string;
}
export interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly 'x-access': string;
  readonly 'x-scope'?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, Media>>;
  };
  readonly responses: Readonly<Record<string, Response | Reference>>;
}
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** An operation with its method and path. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const RESPONSES = '#/components/responses/';

/** The published document, and checks of answers against it. */
export class Contract {
  readonly endpoints: readonly Endpoint[];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly compiled = new Map<object, ValidateFunction>();

  constructor(readonly document: OpenApi) {
    formats.default(this.ajv);
    this.ajv.addSchema({ $id: 'contract:', components: document.components });
    this.endpoints = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
    );
  }

  static async read(client: Client): Promise<Contract> {
    const { status, body } = await client.get<OpenApi>('/openapi.json');
    if (status !== 200) throw new Error(`no document: ${status}`);
    return new Contract(body);
  }

  endpoint(route: string): Endpoint {
    const found = this.endpoints.find(({ method, path }) => route === nameOf({ method, path }));
    if (!found) throw new Error(`not in the document: ${route}`);
    return found;
  }

  responseOf({ operation }: Endpoint, status: number | string): Response | undefined {
    const response = operation.responses[status];
    if (!response || !('$ref' in response)) return response;
    return this.document.components.responses[response.$ref.slice(RESPONSES.length)];
  }

  /** Returns the faults of a value against a schema of the document; empty if it fits. */
  faultsOf(schema: Schema, value: unknown): string[] {
    let check = this.compiled.get(schema);
    if (!check) {
      const absolute = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"contract:#/');
      check = this.ajv.compile(JSON.parse(absolute) as object);
      this.compiled.set(schema, check);
    }
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  /** Returns the faults of an answer against the document; empty if it fits. */
  faultsOfAnswer(endpoint: Endpoint, status: number, type: string | null, body: unknown): string[] {
    const response = this.responseOf(endpoint, status);
    if (!response) return [`${status} is not declared: ${JSON.stringify(body)}`];
    const contents = Object.entries(response.content ?? {});
    if (contents.length === 0) return body === undefined ? [] : ['a body is not declared'];
    const media = contents.find(([name]) => type?.split(';')[0] === name)?.[1];
    return media ? this.faultsOf(media.schema, body) : [`${type} is not declared for ${status}`];
  }
}

/** `POST /v1/rooms/{room}/join` */
export function nameOf({ method, path }: Pick<Endpoint, 'method' | 'path'>): string {
  return `${method.toUpperCase()} ${path}`;
}
