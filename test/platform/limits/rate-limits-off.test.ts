import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import '../../support/expect-problem.js';

let server: TestApp;
let log: string;

beforeAll(async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  server = await startApp({ RATE_LIMITS: 'off' });
  log = write.mock.calls.map(([text]) => String(text)).join('');
  write.mockRestore();
});
afterAll(() => server.stop());

describe('a server without limits', () => {
  it('the server logs a warning at its start', () => {
    expect(log).toMatch(/"level":"warn".*RATE_LIMITS is off/);
  });

  it('the server refuses no guess and no request, and counts none', async () => {
    const login = { email: 'nobody@example.org', password: 'not the password' };
    for (let turn = 0; turn < 15; turn += 1)
      expect(await server.anyone.post('/v1/auth/login', login)).toBeProblem(
        401,
        'invalid_credentials',
      );
    const room = await server.createRoom({ accessCode: 'let me in' });
    const ann = await server.signUp();
    for (let turn = 0; turn < 15; turn += 1)
      expect(await ann.post(`/v1/rooms/${room.id}/join`, { accessCode: 'let me' })).toBeProblem(
        403,
        'access_code_wrong',
      );
    const rows = await server.database.query(
      'select key from throttles union all select key from rate_limits',
    );
    expect(rows).toEqual([]);
  });

  it('the server allows re-keys without a pause', async () => {
    const room = await server.createRoom();
    await server.join(server.admin, room);
    const path = `/v1/rooms/${room.id}/rekey`;
    for (const generation of [2, 3]) {
      const { body } = await server.admin.post<{ generation: number }>(path, { reason: 'a test' });
      expect(body.generation).toBe(generation);
    }
  });
});
