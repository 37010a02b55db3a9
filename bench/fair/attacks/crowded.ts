import { attack, ATTACKER } from '../attack.js';

// Reads of full rooms, and of many rooms.

const INSIDE = 5_000;
const ROOMS = 50;
const MANY = 50_000;

const strangeHeartbeats = attack({
  name: 'strange-heartbeats',
  what: `a person who is not admitted sends heartbeats to a hidden room of ${INSIDE}, 900 in flight`,
  async prepare(scenario) {
    const room = await scenario.room({ access: 'members', capacity: INSIDE + 1_000 });
    await scenario.filling.crowds([room], INSIDE);
    return { token: (await scenario.person()).accessToken, room };
  },
  run: ({ token, room }, client) =>
    client.loops(900, () => ({
      method: 'POST',
      path: `/v1/rooms/${room}/heartbeat`,
      token,
      from: ATTACKER,
    })),
});

const lists = attack({
  name: 'crowded-lists',
  what: `one account lists ${ROOMS} rooms of ${INSIDE} people each, in 90 loops`,
  async prepare(scenario) {
    const rooms: string[] = [];
    for (let place = 0; place < ROOMS; place += 1) rooms.push(await scenario.room());
    await scenario.filling.crowds(rooms, INSIDE);
    return { token: (await scenario.person()).accessToken };
  },
  run: ({ token }, client) =>
    client.loops(90, () => ({
      method: 'GET',
      path: '/v1/rooms?limit=200',
      token,
      from: ATTACKER,
    })),
});

const searches = attack({
  name: 'searches',
  what: `one account searches ${MANY} rooms for a name that no room has, in 90 loops`,
  async prepare(scenario) {
    await scenario.filling.rooms(MANY);
    return { token: (await scenario.person()).accessToken };
  },
  run: ({ token }, client) =>
    client.loops(90, (turn) => ({
      method: 'GET',
      path: `/v1/rooms?search=nothing%20${turn}`,
      token,
      from: ATTACKER,
    })),
});

const pages = attack({
  name: 'participants',
  what: `a participant reads the list of a room of ${INSIDE}, 200 names each, 300 in flight`,
  async prepare(scenario) {
    const room = await scenario.room();
    const face = await scenario.person();
    await scenario.filling.crowds([room], INSIDE);
    await scenario.join(room, face);
    return { token: face.accessToken, room };
  },
  run: ({ token, room }, client) =>
    client.loops(300, () => ({
      method: 'GET',
      path: `/v1/rooms/${room}/participants?limit=200`,
      token,
      from: ATTACKER,
    })),
});

const reports = attack({
  name: 'reports',
  what: 'a participant reports in 200 loops that the session is dead',
  async prepare(scenario) {
    const room = await scenario.room();
    const face = await scenario.person();
    await scenario.join(room, face);
    return { token: face.accessToken, room };
  },
  run: ({ token, room }, client) =>
    client.loops(200, () => ({
      method: 'POST',
      path: `/v1/rooms/${room}/reports`,
      token,
      body: { sdkCode: 203, generation: 1 },
      from: ATTACKER,
    })),
});

export const CROWDED = [strangeHeartbeats, lists, searches, pages, reports];
