import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { type Line, type LoggedServer, startLoggedServer } from '../../support/logged-server.js';

const lines: Line[] = [];
let database: TestDatabase;
let replica: LoggedServer;
let foreign: string;

const start = (PUBLIC_URL: string) =>
  startLoggedServer({ DATABASE_URL: database.url, PUBLIC_URL }, lines);

beforeAll(async () => {
  database = await cloneDatabase();
  // These servers start in turn, because a process has one strategy for access tokens.
  const other = await start('https://a.example.org');
  foreign = other.admin.token ?? expect.unreachable();
  await other.stop();
  replica = await start('https://b.example.org');
});
afterAll(async () => {
  await replica.stop();
  await database.drop();
});

const warnings = () => lines.filter(({ msg }) => msg.includes('PUBLIC_URL'));
const bring = (token: string) => replica.anyone.get('/v1/me', { authorization: `Bearer ${token}` });

describe('a replica with another PUBLIC_URL', () => {
  it('nothing is logged while no token of the other replica arrives', async () => {
    expect((await replica.admin.get('/v1/me')).status).toBe(200);
    for (const changed of [`${foreign.slice(0, -6)}AAAAAA`, `${replica.admin.token}x`, 'x.y.z'])
      expect((await bring(changed)).status).toBe(401);
    expect(warnings()).toEqual([]);
  });

  it('a token of the other replica is logged once, with advice', async () => {
    for (let each = 0; each < 3; each += 1) expect((await bring(foreign)).status).toBe(401);
    expect(warnings()).toMatchObject([
      {
        level: 'warn',
        issuer: 'https://a.example.org',
        msg: expect.stringContaining('set the same PUBLIC_URL on all replicas'),
      },
    ]);
  });
});
