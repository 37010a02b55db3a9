import pg from 'pg';
import { attack, ATTACKER } from '../attack.js';
import { sessionIdOf } from '../filling.js';

// Joins, and what else waits for them.

const INSIDE = 5_000;

const lockedRows = attack({
  name: 'locked-rows',
  what: 'a user whose rows are locked joins rooms in 90 loops, with a capacity and without',
  async prepare(scenario) {
    const rooms: string[] = [];
    for (let place = 0; place < 30; place += 1)
      rooms.push(await scenario.room(place % 2 === 0 ? {} : { capacity: 100 }));
    const face = await scenario.person();
    const { userId, accessToken: token } = face;
    return { token, rooms, userId, sessionId: sessionIdOf(face) };
  },
  async run({ token, rooms, userId, sessionId }, client) {
    const holder = new pg.Client({ connectionString: client.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from sessions where id = $1 for update', [sessionId]);
    await holder.query('select from users where id = $1 for update', [userId]);
    await client.loops(90, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${rooms[turn % rooms.length]}/join`,
      token,
      from: ATTACKER,
    }));
    await holder.end();
  },
});

const comings = attack({
  name: 'comings-and-goings',
  what: `one account with 100 sessions joins and leaves a room of ${INSIDE} with a capacity, in 200 loops`,
  async prepare(scenario) {
    const room = await scenario.room({ capacity: INSIDE * 2 });
    await scenario.filling.crowds([room], INSIDE);
    const sessions = await scenario.signInsOf(await scenario.person(), 100);
    return { tokens: sessions.map(({ accessToken }) => accessToken), room };
  },
  run: ({ tokens, room }, client) =>
    client.loops(200, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${room}/${turn % 2 === 0 ? 'join' : 'leave'}`,
      token: tokens[(turn >> 1) % tokens.length] as string,
      from: ATTACKER,
    })),
});

const names = attack({
  name: 'new-names',
  what: `a participant in a room of ${INSIDE} people with the same name changes their name, in 200 loops`,
  async prepare(scenario) {
    const room = await scenario.room();
    const face = await scenario.person();
    await scenario.filling.crowds([room], INSIDE);
    await scenario.join(room, face);
    return { token: face.accessToken, room };
  },
  run: ({ token, room }, client) =>
    client.loops(200, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${room}/join`,
      token,
      body: { newName: true, displayName: `Fan ${turn % INSIDE}` },
      from: ATTACKER,
    })),
});

const codes = attack({
  name: 'access-codes',
  what: 'one account sends wrong access codes to 100 rooms, 300 in flight',
  async prepare(scenario) {
    const rooms: string[] = [];
    for (let place = 0; place < 100; place += 1)
      rooms.push(await scenario.room({ accessCode: '4711' }));
    return { token: (await scenario.person()).accessToken, rooms };
  },
  run: ({ token, rooms }, client) =>
    client.loops(300, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${rooms[turn % rooms.length]}/join`,
      token,
      body: { accessCode: `0${turn % 1_000}`.padEnd(4, '0') },
      from: ATTACKER,
    })),
});

export const JOINS = [lockedRows, comings, names, codes];
