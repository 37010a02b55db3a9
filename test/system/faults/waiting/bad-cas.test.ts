import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Behaviour } from '../../../../sandbox/cas/behaviour.js';
import type { CasCall } from '../../../../sandbox/cas/cas-stats.js';
import { findCanaries } from '../../../support/canaries/find-canaries.js';
import { casFaults } from '../../../support/cas-faults.js';
import { type Cluster, startCluster } from '../../../support/cluster.js';
import { testConfig, testEnvironment } from '../../../support/config.js';
import { type Face, gatherCrowd, joinAs } from '../../../support/crowd.js';
import { allowed, noteFigure } from '../form.js';
import { makeColdRooms } from '../rooms.js';

const LONGEST_ATTEMPT_MS = 4_000;
const faults: Readonly<Record<string, Behaviour>> = {
  ...casFaults,
  'redirects to itself': { redirect: '/stream/token/v2/' },
  'redirects to another server': { redirect: 'http://127.0.0.1:1/stream/token/v2/' },
};
const calls: CasCall[] = [];
let cluster: Cluster;
let crowd: Face[];
let published: number;
let secrets: string[];

/** Joins a cold room until CAS has been called once; then nobody waits for the room any more. */
async function suffer(behaviour: Behaviour, replica: number): Promise<CasCall[]> {
  const [room = ''] = await makeColdRooms(cluster.database, 1);
  cluster.cas.reset();
  cluster.cas.behave(behaviour);
  const before = calls.length;
  const url = cluster.replicas[replica]?.url ?? '';
  const join = joinAs(url, crowd[replica] ?? expect.unreachable(), room);
  await vi.waitFor(() => expect(calls.length).toBeGreaterThan(before), { timeout: 15_000 });
  await cluster.admin.delete(`/v1/rooms/${room}`);
  expect((await join).status).toBeOneOf([404, 503]);
  await vi.waitFor(() => expect(cluster.cas.stats().inFlight).toBe(0), { timeout: 15_000 });
  const rows = await cluster.database.query('select from room_generations where room_id = $1', [
    room,
  ]);
  published += rows.length;
  return calls.slice(before);
}

beforeAll(async () => {
  published = 0;
  cluster = await startCluster(
    3,
    { LOG_LEVEL: 'trace' },
    { observe: (call) => void calls.push(call) },
  );
  crowd = await gatherCrowd(testConfig(cluster.environment), 3);
  const { CAS_API_KEY, CAS_API_SECRET, SECRET_KEYS } = testEnvironment;
  secrets = [CAS_API_KEY, CAS_API_SECRET, SECRET_KEYS];
});
afterAll(() => cluster.stop());

describe('a CAS with every known fault', () => {
  it.each(Object.keys(faults))('a CAS that %s delays an attempt by at most 4 s', async (how) => {
    const replica = Object.keys(faults).indexOf(how) % 3;
    for (const { beganAt, endedAt } of await suffer(faults[how] ?? {}, replica))
      expect(endedAt - beganAt).toBeLessThan(allowed(LONGEST_ATTEMPT_MS));
  });

  it('no token is published after a faulty answer', () => {
    const longest = Math.max(...calls.map(({ beganAt, endedAt }) => endedAt - beganAt));
    noteFigure(
      `${Object.keys(faults).length} kinds of bad CAS: longest attempt ${Math.round(longest)} ms`,
    );
    expect(calls.filter(({ token }) => token !== null).length).toBeGreaterThanOrEqual(2);
    expect(published).toBe(0);
  });

  it('the log contains no secret', () => {
    const tokens = calls.flatMap(({ token }) => token ?? []);
    const canaries = [...secrets, ...tokens].map((secret) => ({ name: secret, secret }));
    const logs = cluster.replicas.map((replica, index) => ({
      name: `the log of replica ${index}`,
      text: replica.output(),
    }));
    expect(logs.map(({ text }) => text).join('')).toContain('CAS returned no token');
    expect(findCanaries(canaries, logs)).toEqual([]);
  });
});
