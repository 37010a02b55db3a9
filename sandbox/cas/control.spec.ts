import { describe, expect, it } from 'vitest';
import { call, cas, useCas } from './cas.fixture.js';

useCas();

describe('the control routes of the sandbox CAS', () => {
  const put = (body: string) => call('/__sandbox/behaviour', { method: 'PUT', body });

  it('the control routes set, show and clear the behaviour, and are not counted as requests', async () => {
    cas.behave({ delay: 5 });
    expect((await put('{"status":503,"times":2}')).status).toBe(200);
    expect(await (await call('/__sandbox/behaviour')).json()).toEqual({ status: 503, times: 2 });
    expect((await call()).status).toBe(503);
    expect((await call('/__sandbox/behaviour', { method: 'DELETE' })).status).toBe(204);
    expect((await call()).status).toBe(200);
    const stats: unknown = await (await call('/__sandbox/stats')).json();
    expect(stats).toMatchObject({ received: 2, tokens: 1, answers: { 200: 1, 503: 1 } });
    expect((await call('/__sandbox/nothing')).status).toBe(404);
  });

  it.each([
    ['{', 'The body must be JSON.'],
    ['[]', 'A behaviour is an object.'],
    ['{"stauts":503}', '"stauts" is unknown; known are status, retryAfter, hang'],
    ['{"constructor":1}', '"constructor" is unknown'],
    ['{"status":"503"}', '"status" must be a whole number from 201 to 599.'],
    ['{"times":0}', '"times" must be a whole number from 1'],
    ['{"hang":1}', '"hang" must be true or false.'],
    ['{"redirect":"a\\r\\nb"}', '"redirect" must be a text of printable ASCII.'],
    ['{"huge":true,"garbage":true}', 'Choose one of garbage, huge.'],
    [' '.repeat(70_000), 'The body exceeds 65536 bytes.'],
  ])('the control routes refuse %.40s', async (body, message) => {
    const response = await put(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining(message) });
    expect((await call()).status).toBe(200);
  });
});
