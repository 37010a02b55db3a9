import { setTimeout as sleep } from 'node:timers/promises';
import { attack, ATTACKER } from '../attack.js';

const ABORTED = 20_000;
const OF_SESSION = 8;
const INSIDE = 5_000;
const accept = { accept: 'text/event-stream' };

const aborted = attack({
  name: 'aborted-feeds',
  what: `one account leaves ${ABORTED} feeds before they are admitted, also pipelined and half-sent`,
  async prepare(scenario) {
    const room = await scenario.room();
    const [face, other] = await scenario.people(2);
    if (!face || !other) throw new Error('nobody came');
    // As many as the sign-ins of a day; only a hundred of them are live at the same time.
    const sessions = await scenario.signInsOf(face, ABORTED / OF_SESSION);
    await scenario.filling.seats(room, [...sessions, other]);
    const tokens = sessions.map(({ accessToken }) => accessToken);
    return { room, tokens, other: other.accessToken };
  },
  async run({ room, tokens }, client) {
    let turn = 0;
    let sockets = 0;
    const leave = async () => {
      while (turn < ABORTED && !client.isOver) {
        const token = tokens[Math.floor(turn / OF_SESSION)] as string;
        const path = `/v1/rooms/${room}/events${turn % 3 === 0 ? '?after=0&wait=25' : ''}`;
        const headers = turn % 3 === 0 ? {} : accept;
        const head = client.headOf({ method: 'GET', path, token, from: ATTACKER, headers });
        const form = (sockets += 1) % 4;
        turn += form === 1 ? 4 : 1;
        const socket = client.socket();
        socket.write(form === 0 ? head : form === 1 ? `${head}\r\n`.repeat(4) : `${head}\r\n`);
        await sleep(sockets % 16);
        socket.destroy();
        client.count('left');
      }
    };
    await Promise.all(Array.from({ length: 60 }, leave));
  },
  bystanders: (_ground, { room, other }) => [
    {
      kind: 'feed',
      perSecond: 2,
      ask: () => ({
        method: 'GET',
        path: `/v1/rooms/${room}/events?after=0&wait=0`,
        token: other,
        from: '10.2.0.1',
      }),
    },
  ],
  watch: (scenario) =>
    Promise.resolve(async () => [
      {
        what: 'places of disconnected listeners',
        found: await scenario.metric('feed_listeners'),
        most: 0,
      },
    ]),
});

const polls = attack({
  name: 'cycling-polls',
  what: `one account with 100 sessions polls the feed of a room of ${INSIDE} in 300 loops`,
  async prepare(scenario) {
    const room = await scenario.room();
    await scenario.filling.crowds([room], INSIDE);
    const sessions = await scenario.signInsOf(await scenario.person(), 100);
    await scenario.filling.seats(room, sessions);
    return { room, tokens: sessions.map(({ accessToken }) => accessToken) };
  },
  run: ({ room, tokens }, client) =>
    client.loops(300, (turn) => ({
      method: 'GET',
      path: `/v1/rooms/${room}/events${turn % 2 === 0 ? '' : '?after=0&wait=0'}`,
      token: tokens[turn % tokens.length] as string,
      from: ATTACKER,
    })),
});

const hostStreams = attack({
  name: 'host-streams',
  what: `a host follows a room of ${INSIDE} in 800 streams without reading, and joins and leaves`,
  async prepare(scenario) {
    const room = await scenario.room({ access: 'members' });
    const face = await scenario.person();
    await scenario.filling.makeHost(room, face);
    await scenario.filling.crowds([room], INSIDE);
    const sessions = await scenario.signInsOf(face, 100);
    return { room, tokens: sessions.map(({ accessToken }) => accessToken) };
  },
  async run({ room, tokens }, client) {
    const path = `/v1/rooms/${room}/events`;
    const open = (token: string) => {
      const socket = client.socket(false);
      const ask = { method: 'GET', path, token, from: ATTACKER, headers: accept } as const;
      socket.write(`${client.headOf(ask)}\r\n`);
      socket.once('close', () => (client.isOver ? undefined : open(token)));
    };
    for (const token of tokens) for (let place = 0; place < OF_SESSION; place += 1) open(token);
    await client.loops(16, (turn) => ({
      method: 'POST',
      path: `/v1/rooms/${room}/${turn % 2 === 0 ? 'join' : 'leave'}`,
      token: tokens[(turn >> 1) % tokens.length] as string,
      from: ATTACKER,
    }));
  },
});

export const FEEDS = [aborted, polls, hostStreams];
