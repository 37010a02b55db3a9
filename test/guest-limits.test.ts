import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../src/throttling/limits.js';
import { startApp, type TestApp } from './support/app.js';
import { expectProblem } from './support/expect-problem.js';
import { FORWARDED, invite, usesOf } from './support/invites.js';

const { burst, everySeconds } = LIMITS['guest-network'];
let server: TestApp;

beforeAll(async () => {
  server = await startApp(FORWARDED);
});
afterAll(() => server.stop());

const ask = (inviteCode: string, address: string) =>
  server.anyone.post(
    '/v1/auth/guest',
    { inviteCode, displayName: 'Gus' },
    { 'x-forwarded-for': address },
  );

describe('guessing invite codes without an account', () => {
  it('is limited by network, and right codes are stopped by it, too', async () => {
    const room = await server.createRoom();
    const { code } = await invite(server, room);
    for (let guest = 0; guest < 3; guest += 1)
      expect((await ask(code, '192.0.2.7')).status).toBe(201);
    expect(await ask('lki_wrong', '192.0.2.7')).toBeProblem(403, 'invite_invalid');
    await server.database.query(
      `update rate_limits set spent_until = clock_timestamp() + make_interval(secs => $1)
        where key like 'guest-network|%'`,
      [burst * everySeconds + 30],
    );
    for (const given of ['lki_wrong', code]) {
      const { retryAfter } = expectProblem(await ask(given, '192.0.2.7'), 429, 'rate_limited');
      expect(retryAfter).toBeGreaterThan(1);
    }
    expect(await usesOf(server, room)).toEqual([3]);
    expect((await ask(code, '198.51.100.7')).status).toBe(201);
  });
});
