import { CROWD_PASSWORD } from '../../../test/support/crowd.js';
import { attack, ATTACKER, type Bystander } from '../attack.js';
import type { Scenario } from '../scenario.js';
import { send } from '../../account-requests.js';
import type { SignedIn } from '../../../src/users/sessions/auth.schema.js';

// Behind a shared address: attackers, and uninvolved people.

/** People behind the attacker's address who sign in with their right passwords, one by one. */
function signIns(emails: readonly string[]): Bystander {
  let turn = 0;
  return {
    kind: 'sign-in',
    perSecond: 1,
    ask: () => {
      const email = emails[(turn += 1) % emails.length];
      const body = { email, password: CROWD_PASSWORD };
      return { method: 'POST', path: '/v1/auth/login', body, from: ATTACKER };
    },
  };
}

/** Guests behind the attacker's address, each with the right code. */
function guests(inviteCode: string): Bystander {
  const body = { inviteCode, displayName: 'Guest' };
  return {
    kind: 'guest',
    perSecond: 1,
    ask: () => ({ method: 'POST', path: '/v1/auth/guest', body, from: ATTACKER }),
  };
}

async function neighboursAt(scenario: Scenario) {
  const faces = await scenario.people(20);
  const emails = faces.map(({ userId }) => `${userId}@example.org`);
  return { emails, code: await scenario.link(await scenario.room()) };
}

const wrongPasswords = attack({
  name: 'neighbour-guesses',
  what: 'one address has guessed for an hour, and continues in 50 loops; others sign in from it',
  async prepare(scenario) {
    const target = await neighboursAt(scenario);
    await scenario.testbed.send('POST', '/v1/auth/login', undefined, {
      email: 'nobody@example.net',
      password: 'whatever it may be',
    });
    // As if a thousand wrong guesses had come, one more per second.
    await scenario.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '998 seconds'`,
    );
    return target;
  },
  run: (_prey, client) =>
    client.loops(50, (turn) => ({
      method: 'POST',
      path: '/v1/auth/login',
      body: { email: `guessed-${turn}@example.net`, password: 'whatever it may be' },
      from: ATTACKER,
    })),
  bystanders: (_ground, { emails, code }) => [signIns(emails), guests(code)],
});

const wrongCodes = attack({
  name: 'neighbour-codes',
  what: 'one address sends wrong invite codes in 100 loops; guests with right ones come from it',
  prepare: neighboursAt,
  run: (_prey, client) =>
    client.loops(100, (turn) => ({
      method: 'POST',
      path: '/v1/auth/guest',
      body: { inviteCode: `lki_${turn}`, displayName: 'Guesser' },
      from: ATTACKER,
    })),
  bystanders: (_ground, { emails, code }) => [guests(code), signIns(emails)],
});

const forgedRefreshes = attack({
  name: 'forged-refreshes',
  what: 'one address sends forged refresh tokens in 200 loops; others refresh behind it',
  async prepare(scenario) {
    const bodies = (await scenario.people(20)).map(({ userId }) => ({
      email: `${userId}@example.org`,
      password: CROWD_PASSWORD,
    }));
    const chains: string[] = [];
    for (const body of bodies)
      chains.push((await send<SignedIn>(`${scenario.url}/v1/auth/login`, body)).refreshToken);
    return { chains };
  },
  run: (_prey, client) =>
    client.loops(
      200,
      (turn) => ({
        method: 'POST',
        path: '/v1/auth/refresh',
        body: { refreshToken: `lkr_${String(turn).padStart(70, 'A')}` },
        from: ATTACKER,
      }),
      false,
    ),
  bystanders: (_ground, { chains }) =>
    chains.map((first) => {
      let refreshToken = first;
      return {
        kind: 'behind it',
        perSecond: 0.4,
        ask: () => ({
          method: 'POST',
          path: '/v1/auth/refresh',
          body: { refreshToken },
          from: ATTACKER,
        }),
        keep: (answer) => ({ refreshToken } = JSON.parse(answer) as SignedIn),
      };
    }),
});

export const NEIGHBOURS = [wrongPasswords, wrongCodes, forgedRefreshes];
