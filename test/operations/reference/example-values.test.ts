import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../../src/rooms/sdk-reports/sdk-errors.js';
import { Contract, type OpenApi } from '../../support/openapi.js';

const file = join(import.meta.dirname, '../../../openapi.json');
const contract = new Contract(JSON.parse(readFileSync(file, 'utf8')) as OpenApi);

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

interface Example {
  readonly name: string;
  readonly request: Fields;
  readonly answer: Fields;
}

/** The example of each request with the example of each answer in JSON that is no refusal. */
const examples: readonly Example[] = contract.endpoints.flatMap((endpoint) => {
  const { operationId, requestBody, responses } = endpoint.operation;
  const request = requestBody?.content['application/json']?.example;
  return Object.keys(responses).flatMap((status) => {
    const answer = contract.responseOf(endpoint, status)?.content?.['application/json']?.example;
    const name = `${operationId} ${status}`;
    return isObject(answer) ? [{ name, request: isObject(request) ? request : {}, answer }] : [];
  });
});

/** An object and every object in it. */
function* objectsIn(value: unknown): Generator<Fields> {
  if (!isObject(value)) return;
  yield value;
  for (const part of Object.values(value)) yield* objectsIn(part);
}

const answerOf = (name: string) => examples.find((each) => each.name === name)?.answer;

describe('the examples of a request and its answer', () => {
  it('an answer repeats the fields that its request sets', () => {
    const compared: string[] = [];
    const different: unknown[] = [];
    for (const { name, request, answer } of examples)
      for (const object of objectsIn(answer))
        for (const [field, value] of Object.entries(request)) {
          // A refresh token works once.
          if (!Object.hasOwn(object, field) || field === 'refreshToken') continue;
          compared.push(name);
          if (!isDeepStrictEqual(object[field], value))
            different.push([name, field, value, object[field]]);
        }
    expect(new Set(compared).size).toBeGreaterThan(10);
    expect(different).toEqual([]);
  });

  it('a refresh returns a new refresh token', () => {
    const { request, answer } = examples.find(({ name }) => name === 'refresh 200') ?? {};
    expect(request?.['refreshToken']).toEqual(expect.any(String));
    expect(answer?.['refreshToken']).not.toBe(request?.['refreshToken']);
  });

  it('a report gets the advice that the server gives for its code', () => {
    const { request, answer } = examples.find(({ name }) => name === 'reportSdkError 200') ?? {};
    expect(answer).toEqual(adviceFor(Number(request?.['sdkCode'])));
  });

  it('a guest has no e-mail address, and a new invite was neither used nor revoked', () => {
    expect(answerOf('signInAsGuest 201')?.['user']).toMatchObject({ kind: 'guest', email: null });
    expect(answerOf('createInvite 201')).toMatchObject({
      uses: 0,
      lastUsedAt: null,
      revokedAt: null,
    });
  });

  it('a room and a seat have different ids', () => {
    const { room, participant } = answerOf('joinRoom 200') as Record<string, { id: string }>;
    expect(room?.id).not.toBe(participant?.id);
  });
});

describe('the times of an example', () => {
  it.each([
    ['serverTime', 'accessTokenExpiresAt'],
    ['accessTokenExpiresAt', 'refreshTokenExpiresAt'],
    ['serverTime', 'refreshAfter'],
    ['refreshAfter', 'expiresAt'],
    ['createdAt', 'lastUsedAt'],
    ['createdAt', 'expiresAt'],
    ['startedAt', 'endedAt'],
    ['opensAt', 'closesAt'],
  ])('%s lies before %s', (early, late) => {
    const times = examples
      .flatMap(({ name, answer }) =>
        [...objectsIn(answer)].map((object) => [name, object[early], object[late]] as const),
      )
      .filter(([, from, to]) => typeof from === 'string' && typeof to === 'string');
    expect(times.length).toBeGreaterThan(0);
    expect(times.filter(([, from, to]) => String(from) >= String(to))).toEqual([]);
  });
});
