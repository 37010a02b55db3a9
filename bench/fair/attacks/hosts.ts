import { attack, ATTACKER } from '../attack.js';
import type { Scenario } from '../scenario.js';

// Hosts: people with an account who run a room.

const LISTENERS = 150;
/** Seconds between re-keys in a loop, after the first. */
const REKEY_SECONDS = 10;

async function hostedRoom(scenario: Scenario) {
  const room = await scenario.room({ access: 'members' });
  const face = await scenario.person();
  await scenario.filling.makeHost(room, face);
  await scenario.join(room, face);
  return { room, token: face.accessToken, userId: face.userId };
}

const patches = attack({
  name: 'patches',
  what: `a host changes a room with ${LISTENERS} listeners, 900 requests in flight`,
  async prepare(scenario) {
    const { room, token } = await hostedRoom(scenario);
    const faces = await scenario.people(LISTENERS);
    await scenario.testbed.send('PATCH', `/v1/rooms/${room}`, scenario.adminToken, {
      access: 'users',
    });
    await scenario.filling.seats(room, faces);
    return { room, token, tokens: faces.map(({ accessToken }) => accessToken) };
  },
  async run({ room, token, tokens }, client) {
    const headers = { accept: 'text/event-stream' };
    const path = `/v1/rooms/${room}/events`;
    for (const each of tokens)
      client
        .socket()
        .write(
          `${client.headOf({ method: 'GET', path, token: each, from: ATTACKER, headers })}\r\n`,
        );
    await client.loops(900, (turn) => ({
      method: 'PATCH',
      path: `/v1/rooms/${room}`,
      token,
      body: { metadata: { turn, text: 'x'.repeat(2_000) } },
      from: ATTACKER,
    }));
  },
});

const rekeys = attack({
  name: 'rekeys',
  what: 'a host re-keys a room in 20 loops',
  prepare: hostedRoom,
  run: ({ room, token }, client) =>
    client.loops(20, () => ({
      method: 'POST',
      path: `/v1/rooms/${room}/rekey`,
      token,
      body: { reason: 'a leak' },
      from: ATTACKER,
    })),
  watch: (scenario) => {
    const before = scenario.testbed.cas.stats().received;
    return Promise.resolve((seconds) => {
      const found = scenario.testbed.cas.stats().received - before;
      const most = 1 + Math.ceil(seconds / REKEY_SECONDS);
      return Promise.resolve([{ what: 'calls of CAS', found, most }]);
    });
  },
});

const entries = attack({
  name: 'audit-entries',
  what: 'a host repeats the same change of a room, in 60 loops',
  prepare: hostedRoom,
  run: ({ room, token }, client) =>
    client.loops(60, (turn) => ({
      method: 'PATCH',
      path: `/v1/rooms/${room}`,
      token,
      body: { name: `Final ${turn}` },
      from: ATTACKER,
    })),
  watch: async (scenario, { userId }) => {
    const sql = `select count(*) from audit_entries where actor_id = $1 and action = 'room.changed'`;
    const before = await scenario.count(sql, [userId]);
    return async (seconds) => {
      const found = (await scenario.count(sql, [userId])) - before;
      return [{ what: 'entries of one kind', found, most: seconds + 2 }];
    };
  },
});

const keys = attack({
  name: 'idempotency-keys',
  what: 'a host makes invites, each under a new Idempotency-Key, 200 requests in flight',
  prepare: hostedRoom,
  run: ({ room, token }, client) =>
    client.loops(200, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${room}/invites`,
      token,
      body: { role: 'participant', note: 'x'.repeat(200) },
      from: ATTACKER,
      headers: { 'idempotency-key': `${turn}-${'k'.repeat(200)}` },
    })),
});

export const HOSTS = [patches, rekeys, entries, keys];
