import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Behaviour } from '../../sandbox/cas/behaviour.js';
import { startApp, type TestApp } from '../support/app.js';
import { casFaults } from '../support/cas-faults.js';
import { type Neighbour, startNeighbour } from '../support/neighbour.js';
import type { JoinGrant, Room } from '../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../support/token-rows.js';

const KEY = 'canary-key-5f1e0c';
const SECRET = 'canary-secret-9a77d3';
const logged: string[] = [];
const memory = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    logged.push(chunk.toString());
    done();
  },
});

let base: TestApp;
let server: Neighbour;

beforeAll(async () => {
  base = await startApp();
  const overrides = { LOG_LEVEL: 'trace', CAS_API_KEY: KEY, CAS_API_SECRET: SECRET };
  server = await startNeighbour(base, overrides, pino({ level: 'trace' }, memory));
});
afterAll(async () => {
  await server.stop();
  await base.stop();
});
beforeEach(() => server.cas.reset());

async function joinColdRoom(): Promise<{ room: Room; grant: JoinGrant }> {
  const room = await base.createRoom();
  return { room, grant: await base.join(server.admin, room) };
}

/** Seconds from the time of the server to the named time. */
function secondsTo(grant: JoinGrant, field: 'expiresAt' | 'refreshAfter'): number {
  return (Date.parse(grant[field]) - Date.parse(grant.serverTime)) / 1_000;
}

// Tokens, with the seconds that each lives and is served; the request itself takes a little time.
const TOKENS: [string, Behaviour, number, number][] = [
  ['lives for an hour', {}, 3_600, 3_570],
  ['has no exp', { noExp: true }, 3_600, 3_600],
  ['has a text for exp', { oddExp: true }, 3_600, 3_600],
  ['is no JWT', { opaque: true }, 3_600, 3_600],
  ['comes from a clock that is ten minutes ahead', { clockSkew: 600 }, 3_600, 3_570],
  ['comes from a clock that is ten minutes behind', { clockSkew: -600 }, 3_600, 3_570],
  ['lives no longer than the margin', { shortLife: 30 }, 30, 15],
  ['lives for ten seconds', { shortLife: 10 }, 10, 5],
];

describe.each(TOKENS)('a token that %s', (_, behaviour, life, served) => {
  it('is returned with its end and with the time to join again', async () => {
    server.cas.behave(behaviour);
    const { grant } = await joinColdRoom();
    expect(secondsTo(grant, 'expiresAt')).toBeLessThanOrEqual(life);
    expect(secondsTo(grant, 'expiresAt')).toBeGreaterThan(life - 3);
    expect(secondsTo(grant, 'refreshAfter')).toBeLessThanOrEqual(served);
    expect(secondsTo(grant, 'refreshAfter')).toBeGreaterThan(served - 3);
    expect(server.cas.stats().received).toBe(1);
  });
});

describe('a token without a readable exp', () => {
  it.each<Behaviour>([{ noExp: true }, { oddExp: true }, { opaque: true }])(
    'causes a warning in the log: %o',
    async (behaviour) => {
      server.cas.behave(behaviour);
      const { room } = await joinColdRoom();
      const warning = logged.filter((line) => line.includes('CAS_TOKEN_MAX_AGE'));
      expect(warning.join('')).toContain(room.id);
    },
  );
});

describe('key, secret and token', () => {
  it('appear in no line of the log and in no answer except a grant, for every fault of CAS', async () => {
    const answers: string[] = [];
    const observe = async (behaviour: Behaviour) => {
      const room = await base.createRoom();
      server.cas.reset();
      server.cas.behave(behaviour);
      const joining = server.admin.post(`/v1/rooms/${room.id}/join`);
      await expect
        .poll(async () => (await tokenRowOf(base.database, room.id)).failures, { timeout: 5_000 })
        .toBeGreaterThan(0);
      const { body: readiness } = await server.admin.get('/health/ready');
      // A waiting join is refused at once when the next attempt is far away.
      await changeTokenRow(base.database, room.id, `retry_at = clock_timestamp() + interval '1 h'`);
      answers.push(JSON.stringify([(await joining).body, readiness]));
    };
    for (const behaviour of Object.values(casFaults)) await observe(behaviour);
    server.cas.reset();
    const { room, grant } = await joinColdRoom();
    const { body } = await server.admin.get(`/v1/rooms/${room.id}`);
    answers.push(JSON.stringify(body));
    await sleep(50);

    const log = logged.join('');
    expect(log.split('\n').length).toBeGreaterThan(Object.keys(casFaults).length);
    expect(answers).toHaveLength(Object.keys(casFaults).length + 1);
    for (const text of [log, answers.join('\n')]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(grant.token);
      // No other token may appear either, whole or in part.
      expect(text).not.toMatch(/eyJ[\w-]{10}|opaque-|aaaaaaaaaa/);
    }
  });

  it('cause an error in the log if CAS refuses them', () => {
    const errors = logged.filter((line) => line.includes('"level":50'));
    expect(errors.join('')).toContain(
      'CAS refused the API key or secret: check CAS_API_KEY and CAS_API_SECRET',
    );
  });
});
