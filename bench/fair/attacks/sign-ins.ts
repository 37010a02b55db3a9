import { CROWD_PASSWORD } from '../../../test/support/crowd.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { attack, ATTACKER } from '../attack.js';
import type { AttackClient } from '../attack-client.js';

// Attacks without a sign-in.

const emailOf = ({ userId }: { userId: string }) => `${userId}@example.org`;

const rightPasswords = attack({
  name: 'right-passwords',
  what: 'one account signs in with its right password, in 90 loops, while others sign in',
  async prepare(scenario) {
    const [face, ...others] = await scenario.people(21);
    if (!face) throw new Error('nobody came');
    return { email: emailOf(face), others: others.map(emailOf) };
  },
  run: ({ email }, client) =>
    client.loops(90, () => ({
      method: 'POST',
      path: '/v1/auth/login',
      body: { email, password: CROWD_PASSWORD },
      from: ATTACKER,
    })),
  bystanders: (_ground, { others }) => {
    let turn = 0;
    return [
      {
        kind: 'sign-in',
        perSecond: 2,
        ask: () => {
          const place = (turn += 1) % others.length;
          const body = { email: others[place], password: CROWD_PASSWORD };
          return { method: 'POST', path: '/v1/auth/login', body, from: `10.3.0.${place}` };
        },
      },
    ];
  },
});

const madeUp = attack({
  name: 'made-up-sign-ins',
  what: 'one address signs in for thousands of made-up accounts, 500 requests in flight',
  prepare: () => Promise.resolve({}),
  run: (_prey, client) =>
    client.loops(500, (turn) => ({
      method: 'POST',
      path: '/v1/auth/login',
      body: { email: `nobody-${turn}@example.net`, password: 'whatever it may be' },
      from: ATTACKER,
    })),
});

const forgedAccess = attack({
  name: 'forged-access',
  what: 'one address sends access tokens with forged signatures, 200 requests in flight',
  prepare: async (scenario) => ({ token: (await scenario.person()).accessToken }),
  run: ({ token }, client) => {
    const signed = token.slice(0, token.lastIndexOf('.'));
    const forge = (turn: number) =>
      Buffer.alloc(64, 7).fill(String(turn).padStart(12, '0'), 40, 52).toString('base64url');
    return client.loops(200, (turn) => ({
      method: 'GET',
      path: '/v1/me',
      token: `${signed}.${forge(turn)}`,
      from: ATTACKER,
    }));
  },
});

/** Sends a part of a request, a character per second, and reconnects when it is cut off. */
async function dribble(client: AttackClient, begin: string): Promise<void> {
  while (!client.isOver) {
    const socket = client.socket();
    socket.write(begin);
    while (!socket.destroyed && !client.isOver) {
      await sleep(Math.min(1_000, client.millisecondsLeft));
      if (!socket.destroyed) socket.write('a');
    }
    client.count('cut');
  }
}

const halfRead = attack({
  name: 'half-sent',
  what: 'one address holds 1,000 connections, each with a request that is never completed',
  prepare: () => Promise.resolve({}),
  run: async (_prey, client) => {
    const login = { method: 'POST', path: '/v1/auth/login', from: ATTACKER } as const;
    const begun = [
      client.headOf(login),
      `${client.headOf({ ...login, headers: { 'content-type': 'application/json', 'content-length': '900' } })}\r\n{"email":"`,
    ];
    const all = Array.from({ length: 1_000 }, (_, place) =>
      dribble(client, begun[place % begun.length] as string),
    );
    await Promise.all(all);
  },
});

export const SIGN_INS = [rightPasswords, madeUp, forgedAccess, halfRead];
