import pg from 'pg';
import { attack, ATTACKER } from '../attack.js';
import { sessionIdOf } from '../filling.js';

// Entering, and what others wait for meanwhile.

const INSIDE = 5_000;

const lockedRows = attack({
  name: 'locked-rows',
  what: 'a user whose rows somebody else holds joins rooms in 90 loops, with a capacity and without',
  async prepare(ground) {
    const rooms: string[] = [];
    for (let place = 0; place < 30; place += 1)
      rooms.push(await ground.room(place % 2 === 0 ? {} : { capacity: 100 }));
    const face = await ground.person();
    const { userId, accessToken: token } = face;
    return { token, rooms, userId, sessionId: sessionIdOf(face) };
  },
  async run({ token, rooms, userId, sessionId }, raid) {
    const holder = new pg.Client({ connectionString: raid.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from sessions where id = $1 for update', [sessionId]);
    await holder.query('select from users where id = $1 for update', [userId]);
    await raid.loops(90, (turn) => ({
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
  async prepare(ground) {
    const room = await ground.room({ capacity: INSIDE * 2 });
    await ground.filling.crowds([room], INSIDE);
    const sessions = await ground.signInsOf(await ground.person(), 100);
    return { tokens: sessions.map(({ accessToken }) => accessToken), room };
  },
  run: ({ tokens, room }, raid) =>
    raid.loops(200, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${room}/${turn % 2 === 0 ? 'join' : 'leave'}`,
      token: tokens[(turn >> 1) % tokens.length] as string,
      from: ATTACKER,
    })),
});

const names = attack({
  name: 'new-names',
  what: `somebody in a room of ${INSIDE} of one name asks for another name, in 200 loops`,
  async prepare(ground) {
    const room = await ground.room();
    const face = await ground.person();
    await ground.filling.crowds([room], INSIDE);
    await ground.join(room, face);
    return { token: face.accessToken, room };
  },
  run: ({ token, room }, raid) =>
    raid.loops(200, (turn) => ({
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
  async prepare(ground) {
    const rooms: string[] = [];
    for (let place = 0; place < 100; place += 1)
      rooms.push(await ground.room({ accessCode: '4711' }));
    return { token: (await ground.person()).accessToken, rooms };
  },
  run: ({ token, rooms }, raid) =>
    raid.loops(300, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${rooms[turn % rooms.length]}/join`,
      token,
      body: { accessCode: `0${turn % 1_000}`.padEnd(4, '0') },
      from: ATTACKER,
    })),
});

export const JOINS = [lockedRows, comings, names, codes];
