import { expect } from 'vitest';
import type { Answer } from './client.js';
import type { ProblemBody } from './shapes.js';

declare module 'vitest' {
  interface Matchers<T> {
    /** Expects the problem of this code, complete as RFC 9457 and the contract require. */
    toBeProblem(status: number, code: string): T;
  }
}

expect.extend({
  toBeProblem(answer: Answer<unknown>, status: number, code: string) {
    expectProblem(answer, status, code);
    return { pass: true, message: () => `expected another problem than ${code}` };
  },
});

/** Expects a problem as `toBeProblem` does; returns it for further checks. */
export function expectProblem(answer: Answer<unknown>, status: number, code: string): ProblemBody {
  const body = answer.body as ProblemBody;
  expect({ status: answer.status, code: body?.code }).toEqual({ status, code });
  expect(body).toMatchObject({
    type: `urn:latchkey:problem:${code}`,
    title: expect.stringMatching(/^[A-Z]/),
    status,
    detail: expect.stringMatching(/\.$/),
    requestId: answer.headers.get('x-request-id'),
  });
  expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return body;
}

/** Returns the places that a refused request names: pointers into the body, or parameters. */
export function placesOf({ errors = [] }: ProblemBody): string[] {
  return errors.map(({ pointer, parameter }) => pointer ?? parameter ?? 'nowhere');
}
