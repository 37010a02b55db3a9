import type { SignedIn } from '../../../src/users/sessions/auth.schema.js';
import { attack, ATTACKER } from '../attack.js';
import type { Scenario } from '../scenario.js';

// A link, which anybody may have passed on.

const LIVE_GUESTS = 500;
const INSIDE = 5_000;

async function linkOf(scenario: Scenario, settings: object = {}) {
  const room = await scenario.room(settings);
  return { room, inviteCode: await scenario.link(room) };
}

const endless = attack({
  name: 'endless-guests',
  what: 'one link brings an endless number of guests, in 50 loops',
  prepare: linkOf,
  run: ({ inviteCode }, client) =>
    client.loops(50, (turn) => ({
      method: 'POST',
      path: '/v1/auth/guest',
      body: { inviteCode, displayName: `Guest ${turn}` },
      from: `10.9.${(turn >> 8) & 255}.${turn & 255}`,
    })),
  watch: (scenario, { room }) =>
    Promise.resolve(async () => {
      const sql = 'select count(*) from users where guest_room_id = $1';
      return [
        { what: 'guests of one link', found: await scenario.count(sql, [room]), most: LIVE_GUESTS },
      ];
    }),
});

const crowd = attack({
  name: 'guest-crowd',
  what: `40 guests of one link read a room of ${INSIDE} in 600 loops: together they are one attacker`,
  async prepare(scenario) {
    const target = await linkOf(scenario);
    await scenario.filling.crowds([target.room], INSIDE);
    return target;
  },
  async run({ room, inviteCode }, client) {
    const tokens: string[] = [];
    for (let place = 0; place < 40 && !client.isOver; place += 1) {
      const body = { inviteCode, displayName: 'Guest' };
      const ask = { method: 'POST', path: '/v1/auth/guest', body, from: ATTACKER } as const;
      const { status, text } = await client.ask(ask);
      if (status === 201) tokens.push((JSON.parse(text) as SignedIn).accessToken);
    }
    if (tokens.length === 0) throw new Error('no guest was admitted');
    await client.loops(600, (turn) => ({
      method: 'GET',
      path: `/v1/rooms/${room}`,
      token: tokens[turn % tokens.length] as string,
      from: ATTACKER,
    }));
  },
});

export const GUESTS = [endless, crowd];
