import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { createKey } from '../../support/api-keys.js';
import type { Answer, Client, Method } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { Contract, type Endpoint, nameOf, type Schema } from '../../support/openapi.js';

let contract: Contract;
let room: string;
let backend: Client;

const server = useApp({ RATE_LIMITS: 'off', ACCESS_TOKEN_TTL: '3600' });

beforeAll(async () => {
  contract = await Contract.read(server.anyone);
  room = (await server.createRoom()).id;
  await server.join(server.admin, { id: room });
  backend = (await createKey(server, ['join:on-behalf'])).client;
});
type NumberSchema = Schema & { readonly minimum: number; readonly maximum: number };
interface Place {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly schema: NumberSchema;
  readonly where: 'body' | 'query';
}

function* fieldsOf(schema: Schema, name: string): Generator<[string, Schema]> {
  const { $ref, anyOf, type, properties = {} } = schema as Schema & { anyOf?: Schema[] };
  if ($ref !== undefined)
    yield* fieldsOf(contract.document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, name);
  for (const each of anyOf ?? []) yield* fieldsOf(each, name);
  if ([type].flat().some((each) => each === 'integer' || each === 'number')) yield [name, schema];
  for (const [key, child] of Object.entries(properties)) yield* fieldsOf(child, `${name}/${key}`);
}

function places(): Place[] {
  return contract.endpoints.flatMap((endpoint) => {
    const { requestBody, parameters = [] } = endpoint.operation;
    const body = requestBody?.content['application/json']?.schema ?? {};
    const inQuery = parameters.flatMap(({ name, schema }) => [...fieldsOf(schema, name)]);
    const all = [
      ...Array.from(fieldsOf(body, ''), (field) => [field, 'body'] as const),
      ...inQuery.map((field) => [field, 'query'] as const),
    ];
    return all.map(([[name, schema], where]) => ({
      endpoint,
      name,
      where,
      schema: schema as NumberSchema,
    }));
  });
}

/** Builds a request with the number as text, because JSON has numbers that JavaScript lacks. */
function send({ endpoint, name, where }: Place, number: string): Promise<Answer<unknown>> {
  const { method, path, operation } = endpoint;
  const user = server.admin.signedIn?.user.id ?? '';
  const filled = path.replace('{room}', room).replace(/\{(userId|id)\}/, user);
  const verb = method.toUpperCase() as Method;
  const caller = operation['x-access'] === 'key' ? backend : server.admin;
  if (where === 'query')
    return caller.send(verb, `${filled}?${name}=${encodeURIComponent(number)}`);
  const example = operation.requestBody?.content['application/json']?.example;
  const body = { ...(example as object), [name.slice(1)]: 'HERE' };
  return caller.send(verb, filled, JSON.stringify(body).replace('"HERE"', number));
}

describe('numbers in requests', () => {
  it('every number has a minimum and a maximum in the OpenAPI document', () => {
    const all = places();
    expect(all.length).toBeGreaterThan(15);
    const unbounded = all
      .filter(({ schema: { minimum, maximum } }) =>
        [minimum, maximum].some((bound) => !(Math.abs(bound) <= 2 ** 31 - 1)),
      )
      .map(({ endpoint, name }) => `${nameOf(endpoint)} ${name}`);
    expect(unbounded).toEqual([]);
  });

  it('a number out of range or with a fraction is refused', async () => {
    for (const place of places()) {
      const { minimum, maximum } = place.schema;
      const beyond = [
        minimum - 1,
        maximum + 1,
        2 ** 31,
        -(2 ** 31) - 1,
        2 ** 32,
        2 ** 53,
        -(2 ** 63),
      ];
      const texts = [...beyond.map(String), '1e308', '-1e308', '1.5', '1e400', '5e-324'];
      // JSON has no such numbers; the values of a query are texts.
      if (place.where === 'query') texts.push('', ' 1', '0x1', '+1', '1e1', '-0', 'NaN', '１');
      for (const text of texts) {
        const at = [nameOf(place.endpoint), place.name, text];
        const answer = await send(place, text);
        expect([...at, answer.status]).toEqual([...at, 400]);
        const found = new Set(placesOf(expectProblem(answer, 400, 'invalid_request')));
        expect([...at, ...found]).toEqual([...at, place.name]);
      }
    }
  }, 120_000);

  it('the minimum and the maximum of a number never cause a failure of the server', async () => {
    for (const place of places()) {
      // A long poll would wait for that time.
      if (place.name === 'wait') continue;
      for (const value of [place.schema.minimum, place.schema.maximum]) {
        const { status } = await send(place, String(value));
        const at = [nameOf(place.endpoint), place.name, value];
        expect([...at, status < 500]).toEqual([...at, true]);
      }
    }
  }, 120_000);
});

describe('times in requests', () => {
  it.each([
    '+275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '0000-12-31T23:59:59Z',
    '10000-01-01T00:00:00Z',
    '9999-12-31T23:59:60Z',
    '294277-01-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+99:99',
    'infinity',
    'now',
    '1e3',
  ])('a time that no column can store is refused wherever a time is read: %s', async (time) => {
    const user = server.admin.signedIn?.user.id ?? '';
    const other = (await server.signUp()).signedIn?.user.id ?? '';
    const query = encodeURIComponent(time);
    const answers = [
      await server.admin.post('/v1/rooms', { name: 'A room', opensAt: time }),
      await server.admin.patch(`/v1/rooms/${room}`, { closesAt: time }),
      await server.admin.post(`/v1/rooms/${room}/invites`, { role: 'viewer', expiresAt: time }),
      await server.admin.put(`/v1/rooms/${room}/bans/${other}`, { until: time }),
      await server.admin.get(`/v1/audit?since=${query}`),
      await server.admin.get(`/v1/audit?until=${query}&userId=${user}`),
    ];
    for (const answer of answers) expect(answer).toBeProblem(400, 'invalid_request');
  });

  it.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])(
    'a time at the limit of the calendar never causes a failure of the server: %s',
    async (time) => {
      const other = (await server.signUp()).signedIn?.user.id ?? '';
      const path = `/v1/rooms/${(await server.createRoom()).id}`;
      const early = { opensAt: time, earlyEntrySeconds: 604_800, premintSeconds: 3_600 };
      const answers = [
        await server.admin.patch(path, early),
        await server.admin.post(`${path}/join`),
        await server.admin.post(`${path}/invites`, { role: 'viewer', expiresAt: time }),
        await server.admin.put(`${path}/bans/${other}`, { until: time }),
        await server.admin.post(`${path}/explain`, { userId: other }),
        await server.admin.get(`${path}/bans`),
        await server.admin.get(`/v1/audit?since=${time}`),
        await server.admin.get(`/v1/audit?until=${time}`),
      ];
      for (const { status } of answers) expect(status).toBeLessThan(500);
    },
  );
});
