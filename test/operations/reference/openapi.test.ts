import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeApi } from '../../../scripts/openapi/document.js';
import { useApp } from '../../support/app.js';
import { handlersOf } from '../../support/handlers.js';
import {
  Contract,
  type Media,
  nameOf,
  type OpenApi,
  type Response,
} from '../../support/openapi.js';
import { problemClasses } from '../../support/problem-classes.js';

const root = join(import.meta.dirname, '../../..');

let contract: Contract;
let document: OpenApi;

const server = useApp();

beforeAll(async () => {
  contract = await Contract.read(server.anyone);
  document = contract.document;
});
const responsesOf = (each: (typeof contract.endpoints)[number]): [string, Response][] =>
  Object.keys(each.operation.responses).map((status) => [
    status,
    contract.responseOf(each, status) as Response,
  ]);

describe('the OpenAPI document', () => {
  it('the document is public, is JSON, and may be cached for a while', async () => {
    const { status, headers } = await server.anyone.get('/openapi.json');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
  });

  it('the document of the running server is the document in openapi.json', () => {
    const kept = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as object;
    expect(kept, 'openapi.json is stale: run npm run docs').toEqual(
      JSON.parse(JSON.stringify(describeApi(server.app))),
    );
  });

  it('the document is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('the document has a title, a version and a description', () => {
    const { version } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as OpenApi['info'];
    expect(document.info).toMatchObject({ title: 'Latchkey', version });
    expect(document.info.description).toContain('room');
  });

  it('every reference in the document has a target', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, path = ''] of references) {
      const target = path
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
      expect([path, typeof target]).toEqual([path, 'object']);
    }
  });

  it('the document declares a bearer JWT as the way to sign in', () => {
    expect(document.components.securitySchemes).toEqual({
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    });
  });

  it('the document describes every route, and no other', () => {
    const routes = handlersOf(server.app).map(({ route }) => route.replaceAll(/:(\w+)/g, '{$1}'));
    expect(contract.endpoints.map(nameOf).sort()).toEqual(routes.sort());
  });
});

describe('the operations of the document', () => {
  it('every operation has a summary and an id of its own', () => {
    const names = contract.endpoints.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { operation } of contract.endpoints) {
      expect(operation.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
      expect([operation.operationId, operation.summary]).toEqual([
        operation.operationId,
        expect.stringMatching(/^[A-Z].+[^.]$/),
      ]);
    }
  });

  it('an operation needs a signed-in caller exactly if its route does', () => {
    for (const { operation } of contract.endpoints)
      expect([operation.operationId, operation.security]).toEqual([
        operation.operationId,
        operation['x-access'] === 'anyone' ? undefined : [{ bearer: [] }],
      ]);
  });

  it('the messages of every operation are named schemas', () => {
    const inline = contract.endpoints.flatMap((each) => {
      const body = each.operation.requestBody?.content['application/json'];
      const usual = responsesOf(each).flatMap(
        ([, { content }]) => content?.['application/json'] ?? [],
      );
      return [body, ...usual]
        .filter((media) => media !== undefined && media.schema.$ref === undefined)
        .map(() => each.operation.operationId);
    });
    expect(inline).toEqual(['getOpenApi']);
  });

  it('the range and the default of every list’s limit are in the document', () => {
    const limits = contract.endpoints
      .flatMap(({ operation }) => operation.parameters ?? [])
      .filter(({ name }) => name === 'limit');
    expect(limits.length).toBeGreaterThanOrEqual(3);
    for (const { schema } of limits)
      expect(schema).toEqual({ type: 'integer', minimum: 1, maximum: 200, default: 50 });
  });

  it('every body and every answer has an example that fits its schema', () => {
    const check = (media: Media, where: string) => {
      const examples = media.examples
        ? Object.values(media.examples).map(({ value }) => value)
        : [media.example];
      for (const example of examples) {
        expect([where, example === undefined]).toEqual([where, false]);
        expect([where, contract.faultsOf(media.schema, example)]).toEqual([where, []]);
      }
    };
    for (const each of contract.endpoints) {
      const { operationId, requestBody, parameters = [] } = each.operation;
      for (const media of Object.values(requestBody?.content ?? {})) check(media, operationId);
      for (const [status, { content, description }] of responsesOf(each)) {
        expect(description).not.toBe('');
        for (const media of Object.values(content ?? {})) check(media, `${operationId} ${status}`);
      }
      for (const { schema, example, in: place } of parameters)
        if (place === 'path') expect(contract.faultsOf(schema, example)).toEqual([]);
    }
  });

  it('the operations show one example for each of their codes, and for no other code', () => {
    const all = contract.endpoints.flatMap(responsesOf).map(([, response]) => response);
    for (const { content } of [...all, ...Object.values(document.components.responses)]) {
      const media = content?.['application/problem+json'];
      if (!media) continue;
      const [, narrowed] = media.schema['allOf'] as [
        object,
        { properties: { code: { enum: string[] } } },
      ];
      expect(Object.keys(media.examples ?? {})).toEqual(narrowed.properties.code.enum);
    }
  });
});

describe('the problems of the sources', () => {
  it('every problem of the sources is in the document', async () => {
    const declared = new Set(
      [
        ...contract.endpoints.flatMap(responsesOf),
        ...Object.entries(document.components.responses),
      ].flatMap(([, { content }]) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}),
      ),
    );
    const codes = (await problemClasses()).map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(25);
    expect([...declared].sort()).toEqual([...new Set(codes)].sort());
  });
});
