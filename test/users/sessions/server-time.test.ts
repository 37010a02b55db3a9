import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { askAsGuest, invite } from '../../support/invites.js';
import type { SignedIn } from '../../support/shapes.js';

const server = useApp();
const ann = { email: 'ann@example.org', password: 'a password for tests' };

async function databaseTime(): Promise<number> {
  const [row] = await server.database.query<{ now: Date }>('select clock_timestamp() as now');
  return row?.now.getTime() ?? NaN;
}

const ways: Record<string, () => Promise<Answer<SignedIn>>> = {
  registration: () => server.anyone.post('/v1/auth/register', { ...ann, displayName: 'Ann' }),
  'a sign-in': () => server.anyone.post('/v1/auth/login', ann),
  'a refresh': () => {
    const { refreshToken } = server.admin.signedIn as SignedIn;
    return server.anyone.post('/v1/auth/refresh', { refreshToken });
  },
  'the sign-in of a guest': async () => {
    const { code } = await invite(server, await server.createRoom());
    return askAsGuest(server, code, 'Gus');
  },
};

describe.each(Object.entries(ways))('the answer to %s', (_, ask) => {
  it('serverTime is the time of the database, by which the access token is dated', async () => {
    const before = await databaseTime();
    const { body } = await ask();
    const after = await databaseTime();
    const serverTime = Date.parse(body.serverTime);
    expect(serverTime).toBeGreaterThanOrEqual(before);
    expect(serverTime).toBeLessThanOrEqual(after);
    const life = Date.parse(body.accessTokenExpiresAt) - serverTime;
    expect(life).toBeGreaterThan(298_000);
    expect(life).toBeLessThanOrEqual(300_000);
  });
});
