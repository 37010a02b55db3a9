import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, Client } from '../../support/client.js';
import { type Cluster, freePort, startCluster } from '../../support/cluster.js';
import { FORWARDED, invite } from '../../support/invites.js';
import type { Room, SignedIn } from '../../support/shapes.js';
import {
  from,
  heldPlaces,
  newcomer,
  signIn,
  tally,
  times,
  Uninvolved,
} from '../../support/uninvolved.js';

/** The address of all attackers. */
const SHARED = '203.0.113.66';
const LIVE_GUESTS = 500;

let cluster: Cluster;
let metricsUrl: string;
let everybodyElse: Uninvolved;
let anyone: Client;

beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}`;
  cluster = await startCluster(1, { METRICS_PORT: String(port), ...FORWARDED });
  everybodyElse = await Uninvolved.settle(cluster);
  anyone = new Client(cluster.admin.url);
});
afterAll(() => cluster.stop());

afterEach(async () => {
  await expect.poll(() => heldPlaces(metricsUrl), { timeout: 15_000 }).toEqual({});
});

const userOf = (client?: Client) => client?.signedIn?.user ?? { email: null };
const login = (email: string, password: string, address = SHARED) =>
  anyone.post('/v1/auth/login', { email, password }, from(address));
const enter = (inviteCode: string, address = SHARED) =>
  anyone.post<SignedIn>('/v1/auth/guest', { inviteCode, displayName: 'Guest' }, from(address));

/** Creates a link into a room of its own. */
async function openLink(): Promise<string> {
  const room = (await cluster.admin.post<Room>('/v1/rooms', { name: 'Final' })).body;
  return (await invite(cluster, room)).code;
}

/** Returns the statuses of other people's sign-ins, from other addresses, while `attack` runs. */
async function signInBeside(attack: () => Promise<unknown>): Promise<Record<number, number>> {
  const people = await times(3, () => newcomer(cluster));
  const attacked = attack();
  const answers = await times(6, (turn) =>
    signIn(anyone, userOf(people[turn % people.length]), `10.6.0.${turn}`),
  );
  await attacked;
  return tally(answers);
}

describe('hundreds of simultaneous sign-ins', () => {
  it('sign-ins with the right password of one account do not make others fail', async () => {
    const user = userOf(await newcomer(cluster));
    let answers: Answer<unknown>[] = [];
    const flood = async () => (answers = await times(250, () => signIn(anyone, user, SHARED)));
    expect(await signInBeside(flood)).toEqual({ 200: 6 });
    const counts = tally(answers);
    expect((counts[200] ?? 0) + (counts[429] ?? 0)).toBe(250);
    expect(counts[200]).toBeGreaterThan(0);
    expect(await everybodyElse.refusals()).toEqual([]);
  });

  it('sign-ins to made-up accounts from one address do not make others fail', async () => {
    let answers: Answer<unknown>[] = [];
    const flood = async () =>
      (answers = await times(250, (turn) => login(`nobody-${turn}@example.net`, 'whatever it is')));
    expect(await signInBeside(flood)).toEqual({ 200: 6 });
    const counts = tally(answers);
    expect((counts[401] ?? 0) + (counts[429] ?? 0)).toBe(250);
    expect(await everybodyElse.refusals()).toEqual([]);
  });
});

describe('an address from which others guess', () => {
  /** Spends the whole budget of every limited network. */
  const spendAll = () =>
    cluster.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '1 hour'`,
    );

  it('a right password is accepted, however many wrong ones came from its address', async () => {
    const user = userOf(await newcomer(cluster));
    await login('guessed@example.net', 'whatever it is');
    await spendAll();
    await times(20, (turn) => login(`guessed-${turn}@example.net`, 'whatever it is'));
    expect(tally([await signIn(anyone, user, SHARED)])).toEqual({ 200: 1 });
  });

  it('a right invite code is accepted, however many wrong ones came from its address', async () => {
    const code = await openLink();
    await enter('lki_guessed');
    await spendAll();
    await times(20, (turn) => enter(`lki_${turn}`));
    expect(tally([await enter(code)])).toEqual({ 201: 1 });
  });

  it('people can refresh while hundreds of forged refresh tokens arrive', async () => {
    const people = await times(5, () => newcomer(cluster));
    const forged = `lkr_${'A'.repeat(70)}`;
    const refresh = (refreshToken: string) =>
      anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken }, from(SHARED));
    const flood = times(400, () => refresh(forged));
    const answers = await Promise.all(
      people.map(({ signedIn }) => refresh(signedIn?.refreshToken ?? '')),
    );
    expect(tally(answers)).toEqual({ 200: 5 });
    const counts = tally(await flood);
    expect((counts[401] ?? 0) + (counts[429] ?? 0)).toBe(400);
  });
});

describe('the guests of one link', () => {
  it(
    'a link admits guests up to its limit of simultaneous guests, and then none',
    { timeout: 180_000 },
    async () => {
      const [link, other] = [await openLink(), await openLink()];
      let entered = 0;
      const come = async (turn: number) => {
        const { status } = await enter(link, `10.5.${turn >> 8}.${turn & 255}`);
        if (status === 201) entered += 1;
      };
      for (let turn = 0; turn < LIVE_GUESTS; turn += 10)
        await times(10, (place) => come(turn + place));
      expect(entered).toBe(LIVE_GUESTS);
      expect(tally([await enter(link, '10.4.0.1')])).toEqual({ 429: 1 });
      expect(tally([await enter(other, '10.4.0.2')])).toEqual({ 201: 1 });
      expect(await everybodyElse.refusals()).toEqual([]);
    },
  );
});
