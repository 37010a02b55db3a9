import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Contract, type Endpoint, type OpenApi } from '../../support/openapi.js';

const file = join(import.meta.dirname, '../../../openapi.json');
const text = readFileSync(file, 'utf8');
const contract = new Contract(JSON.parse(text) as OpenApi);
const { endpoints, document } = contract;

const CALLERS: Readonly<Record<string, RegExp>> = {
  anyone: /^anyone, without signing in$/,
  'signed-in': /^signed-in users( except guests|, guests included)$/,
  room: /^signed-in users that the room admits( except guests|, guests included)$/,
  host: /^hosts of the room and administrators$/,
  admin: /^administrators$/,
};

const ANSWERS: Readonly<Record<string, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
  503: 'Not ready',
};

/** The description of an operation: its own sentences, and the callers. */
function partsOf({ operation }: Endpoint): [own: string, callers: string] {
  const [own = '', callers = ''] = (operation.description ?? '').split('\n\nAllowed callers: ');
  return [own, callers];
}

/** Every text of the document for people, with the names on the way to it. */
function* textsIn(value: unknown, path: readonly string[] = []): Generator<[string, string]> {
  const name = path.at(-1) ?? '';
  if (typeof value === 'string' && /^(summary|description|detail|title)$/.test(name))
    yield [path.join(' '), value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) yield* textsIn(part, [...path, key]);
}

/** The codes that a description lists, each before its sentence. */
const codesIn = (description = '') =>
  new Set(Array.from(description.matchAll(/^`(\w+)`: [A-Z].+\.$/gm), ([, code = '']) => code));

describe('operations', () => {
  it('every operation has one to four sentences before its callers', () => {
    for (const endpoint of endpoints) {
      const [own] = partsOf(endpoint);
      const sentences = own.split(/(?<=\.) (?=[A-Z`])/);
      const name = endpoint.operation.operationId;
      expect([name, sentences.length]).toEqual([name, expect.toSatisfy((n) => n >= 1 && n <= 4)]);
      expect([name, own]).toEqual([name, expect.stringMatching(/^[A-Z`][^]+\.$/)]);
    }
  });

  it('every operation names the callers of its access level', () => {
    for (const endpoint of endpoints) {
      const [, callers] = partsOf(endpoint);
      const { operationId, 'x-access': level, 'x-scope': scope } = endpoint.operation;
      const keys = scope === undefined ? '' : `API keys with the scope \`${scope}\``;
      expect([operationId, callers]).toEqual([operationId, expect.stringContaining(`${keys}.`)]);
      const people = callers.replace(`${keys}.`, '').replace(/; $|\.$/, '');
      const expected = CALLERS[level] ?? /^$/;
      expect([operationId, people.replace(/; a temporary password is enough$/, '')]).toEqual([
        operationId,
        expect.stringMatching(expected),
      ]);
    }
  });

  it('every parameter has a description and an example', () => {
    for (const { operation } of endpoints)
      for (const { name, description, example } of operation.parameters ?? []) {
        const where = `${operation.operationId} ${name}`;
        expect([where, description]).toEqual([where, expect.stringMatching(/^[A-Z`].+\.$/)]);
        expect([where, example]).not.toEqual([where, undefined]);
      }
  });

  it('the example of every parameter fits its schema', () => {
    for (const { operation } of endpoints)
      for (const { name, schema, example } of operation.parameters ?? [])
        expect([operation.operationId, name, contract.faultsOf(schema, example)]).toEqual([
          operation.operationId,
          name,
          [],
        ]);
  });
});

describe('answers', () => {
  it('every answer that is no refusal is named by its status', () => {
    const named = endpoints.flatMap(({ operation }) =>
      Object.entries(operation.responses).flatMap(([status, response]) =>
        '$ref' in response ? [] : [[status, response.description]],
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(([status = '', name]) => name !== ANSWERS[status])).toEqual([]);
  });

  it('every refusal is a component, and lists its codes with their sentences', () => {
    for (const endpoint of endpoints)
      for (const [status, response] of Object.entries(endpoint.operation.responses)) {
        const component = contract.responseOf(endpoint, status);
        const media = component?.content?.['application/problem+json'];
        if (!media) continue;
        const where = `${endpoint.operation.operationId} ${status}`;
        expect([where, Object.keys(response)]).toEqual([where, expect.arrayContaining(['$ref'])]);
        const codes = new Set(Object.keys(media.examples ?? {}));
        const listed = codesIn(component?.description);
        expect([where, listed]).toEqual([where, codes]);
      }
  });

  it('a refusal names the object of its own route', () => {
    const descriptionOf = (route: string, status: number) => {
      const response = contract.responseOf(contract.endpoint(route), status);
      return response?.description ?? '';
    };
    expect(descriptionOf('POST /v1/rooms/{room}/join', 404)).toContain('no such room');
    expect(descriptionOf('GET /v1/users/{id}', 404)).toContain('no such user');
    expect(descriptionOf('DELETE /v1/me/sessions/{id}', 404)).toContain('no such session');
    expect(descriptionOf('GET /v1/users', 403)).toContain('Only an administrator may');
    expect(descriptionOf('GET /v1/me/export', 403)).toContain(
      'Guests and participant tokens may not',
    );
    expect(descriptionOf('PUT /v1/rooms/{room}/bans/{userId}', 403)).toContain('ban a host');
  });
});

describe('the texts', () => {
  it('the texts avoid the forms that need a second reading', () => {
    const dialect =
      /\b(whoever|whatever|whom|oneself|anybody|somebody|everybody|he|him|his|she|shall|since|tells?|told|knows?|hears?|another one|the other|those)\b|(^|[.:;] )(Who|What|One) (?!may call it|of)/;
    const bad = [...textsIn(document)].filter(([, text]) => dialect.test(text));
    expect(bad).toEqual([]);
  });

  it('the description of every field is a sentence', () => {
    const bad = [...textsIn(document.components.schemas)].filter(
      ([path, text]) => path.endsWith('description') && !/^[A-Z`][^]*\.$/.test(text),
    );
    expect(bad).toEqual([]);
  });
});

describe('joining a room', () => {
  it('the operation fits on one screen before its refusals', () => {
    const { operation } = contract.endpoint('POST /v1/rooms/{room}/join');
    const lines = JSON.stringify(operation, null, 2).split('\n');
    expect(lines.findIndex((line) => line.includes('"400"'))).toBeLessThan(65);
    expect((operation.description ?? '').length).toBeLessThan(700);
  });
});
