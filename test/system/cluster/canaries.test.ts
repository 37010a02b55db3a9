import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dump } from '../../support/canaries/dump.js';
import { ERROR_PATHS, goAstray } from '../../support/canaries/error-paths.js';
import { findCanaries, type Place } from '../../support/canaries/find-canaries.js';
import { succeed } from '../../support/canaries/good-path.js';
import type { Scene } from '../../support/canaries/scene.js';
import { SECRETS } from '../../support/canaries/secrets.js';
import { type BuiltTestbed, startTestbed, writtenBy } from '../../support/canaries/testbed.js';
import { startReplica } from '../../support/cluster.js';

let testbed: BuiltTestbed;
let scene: Scene;
let codes: ReadonlyMap<string, string | undefined>;
let metrics: string;
let columns: Place[];

beforeAll(async () => {
  testbed = await startTestbed();
  scene = await succeed(testbed);
  codes = await goAstray(scene);
  await vi.waitFor(() => expect(testbed.replica.output()).toContain('a task recovered'), 10_000);
  metrics = await testbed.scraper.text();
  columns = await dump(testbed.postgres.database);
  await testbed.replica.stop();
}, 180_000);
afterAll(() => testbed.close());

const search = (places: Place[]) => findCanaries(testbed.secrets.canaries, places);

describe('a server at its most detailed log level, through successes and errors', () => {
  it('the test has used secrets of at least 24 kinds', () => {
    expect(testbed.secrets.kinds.length).toBeGreaterThanOrEqual(24);
    expect(testbed.secrets.kinds).toEqual(
      expect.arrayContaining(['a token of CAS', "a guest's refresh token", 'an invite code']),
    );
  });

  it('the test has caused errors in at least 100 ways', () => {
    expect(new Set(ERROR_PATHS.map(({ name }) => name)).size).toBe(ERROR_PATHS.length);
    expect(ERROR_PATHS.length).toBeGreaterThanOrEqual(100);
    expect(new Set(ERROR_PATHS.map(({ code }) => code)).size).toBeGreaterThanOrEqual(30);
  });

  it.each(ERROR_PATHS)('$name gets $code', ({ name, code }) => {
    expect(codes.get(name)).toBe(code);
  });

  it('the log of the server contains no secret', () => {
    expect(testbed.replica.written.stdout.split('\n').length).toBeGreaterThan(200);
    expect(search(writtenBy(testbed.replica))).toEqual([]);
    // The log contains no personal data either: people appear as ids.
    for (const personal of ['@example.org', 'Canary', 'Made', 'Visitor'])
      expect(testbed.replica.output()).not.toContain(personal);
  });

  it('answers contain a secret only for its owner', () => {
    expect(search(testbed.traffic.answers)).toEqual([]);
  });

  it('the metrics contain no secret', () => {
    expect(search([{ name: 'the metrics', text: metrics }])).toEqual([]);
    expect(metrics).not.toContain('@');
  });

  it('the database contains only ciphertext and hashes of secrets', () => {
    expect(columns.length).toBeGreaterThan(100);
    expect(search(columns)).toEqual([]);
  });

  it('the message about a wrong configuration names the faults without the values', async () => {
    const { secretKeys, apiSecret } = SECRETS;
    const wrong = {
      CAS_API_SECRET: `${apiSecret} with spaces`,
      SECRET_KEYS: 'canary short',
      ADMIN_PASSWORD: 'canary',
      DATABASE_URL: `canary://person:${secretKeys}@host`,
    };
    const started = startReplica({ ...testbed.environment, ...wrong });
    await expect(started).rejects.toThrow(/CAS_API_SECRET[^]*SECRET_KEYS|SECRET_KEYS[^]*CAS_API/);
    await expect(started).rejects.not.toThrow('canary');
  });
});

describe('the search for leaked secrets', () => {
  it('the search finds every secret in the answer that hands it out', () => {
    const all = testbed.secrets.canaries.map(({ name, secret }) => ({ name, secret }));
    const found = findCanaries(all, testbed.traffic.answers);
    for (const { handedOutBy, name } of testbed.secrets.canaries)
      if (handedOutBy && name !== 'a token of CAS')
        expect(found.some((each) => each.startsWith(`${name} in the answer to`))).toBe(true);
    expect(found).toContain(`a token of CAS in the answer to POST /v1/rooms/${scene.room.id}/join`);
  });

  it('the search finds a secret in a column of any type', async () => {
    const { password, apiSecret, accessCode, secretKeys } = SECRETS;
    const { database } = testbed.postgres;
    await database.query(
      'create table planted (a text, b bytea, c jsonb, d text[], e bytea, f varchar)',
    );
    await database.query('insert into planted values ($1, $2, $3, $4, $5, $6)', [
      Buffer.from(`one ${apiSecret} more`).toString('base64'),
      Buffer.from(`bytes: ${accessCode}`),
      JSON.stringify({ detail: `no ${password}` }),
      ['first', encodeURIComponent(SECRETS.newPassword)],
      Buffer.from(Buffer.from(secretKeys).toString('hex')),
      JSON.stringify(JSON.stringify({ password: SECRETS.temporaryPassword })),
    ]);
    const found = search((await dump(database)).filter(({ name }) => name.includes('planted')));
    expect(found).toEqual([
      'the API secret of CAS in the column public.planted.a',
      'an access code in the column public.planted.b',
      'a password in the column public.planted.c',
      'a new password in the column public.planted.d',
      'SECRET_KEYS in the column public.planted.e',
      'a temporary password in the column public.planted.f',
    ]);
    await database.query('drop table planted');
  });
});

describe('the log', () => {
  const lines = () =>
    testbed.replica.written.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('the log has one line for every request, with the code of its problem', () => {
    const requests = lines().filter(({ msg }) => msg === 'request');
    const { refusals } = testbed.traffic;
    for (const { status, code } of refusals)
      expect(requests).toContainEqual(expect.objectContaining({ status, outcome: code }));
    const refused = requests.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'aborted');
    expect(refused.length).toBeGreaterThanOrEqual(refusals.length - 1);
    const ids = requests.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('the log mentions clients that disconnected', () => {
    const aborted = lines().filter(
      ({ outcome, method }) => outcome === 'aborted' && method === 'POST',
    );
    expect(aborted.length).toBeGreaterThanOrEqual(8);
    for (const line of aborted) {
      expect(line).toMatchObject({ route: '/v1/rooms/:room/join' });
      expect(line).not.toHaveProperty('status');
    }
  });

  it('the log mentions mints and tasks', () => {
    const published = { msg: 'a mint ended', level: 'info', roomId: scene.room.id, generation: 1 };
    expect(lines()).toContainEqual(expect.objectContaining({ ...published, end: 'published' }));
    for (const level of ['trace', 'warn', 'info'])
      expect(lines()).toContainEqual(expect.objectContaining({ level, context: 'Ticker' }));
  });
});
