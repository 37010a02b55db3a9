import { attack, ATTACKER } from '../attack.js';

// Permitted operations on one's own account.

/** Number of a person's rows after a busy year. */
const BUSY = 20_000;
const DELETED = 60_000;

const exports = attack({
  name: 'exports',
  what: `one account asks for 300 exports at once, of ${BUSY} entries each`,
  async prepare(scenario) {
    const face = await scenario.person();
    await scenario.filling.auditOf(face, BUSY);
    return { token: face.accessToken };
  },
  run: ({ token }, client) =>
    client.loops(300, () => ({ method: 'GET', path: '/v1/me/export', token, from: ATTACKER })),
});

const ownName = attack({
  name: 'own-name',
  what: 'one account changes its own name, 900 requests in flight',
  prepare: async (scenario) => ({ token: (await scenario.person()).accessToken }),
  run: ({ token }, client) =>
    client.loops(900, (turn) => ({
      method: 'PATCH',
      path: '/v1/me',
      token,
      body: { displayName: `Name ${turn}` },
      from: ATTACKER,
    })),
});

const ownSessions = attack({
  name: 'own-sessions',
  what: 'one account ends its other sessions, 900 requests in flight',
  prepare: async (scenario) => ({ token: (await scenario.person()).accessToken }),
  run: ({ token }, client) =>
    client.loops(900, () => ({ method: 'DELETE', path: '/v1/me/sessions', token, from: ATTACKER })),
});

const deletedAccount = attack({
  name: 'deleted-account',
  what: `an account with ${DELETED} audit entries is deleted while an administrator changes users`,
  async prepare(scenario) {
    const [face, changed] = await scenario.people(2);
    if (!face || !changed) throw new Error('nobody came');
    await scenario.filling.auditOf(face, DELETED);
    return { token: face.accessToken, userId: face.userId, changed: changed.userId };
  },
  run: ({ token }, client) =>
    client.loops(1, () => ({ method: 'DELETE', path: '/v1/me', token, from: ATTACKER })),
  bystanders: (scenario, { changed }) => {
    let turn = 0;
    return [
      {
        kind: 'admin',
        perSecond: 2,
        ask: () => ({
          method: 'PATCH',
          path: `/v1/users/${changed}`,
          token: scenario.adminToken,
          body: { displayName: `Changed ${(turn += 1)}` },
          from: '10.2.0.1',
        }),
      },
    ];
  },
  watch: (scenario, { userId }) =>
    Promise.resolve(async () => {
      // Its rows are deleted within the next ten seconds.
      const sql = 'select count(*) from users where id = $1 and deleted_at is null';
      return [{ what: 'accounts left', found: await scenario.count(sql, [userId]), most: 0 }];
    }),
});

const refusals = attack({
  name: 'refusals',
  what: 'one account sends requests in 100 loops and never waits, however often it is refused',
  prepare: async (scenario) => ({ token: (await scenario.person()).accessToken }),
  run: ({ token }, client) =>
    client.loops(
      100,
      () => ({ method: 'DELETE', path: '/v1/me/sessions', token, from: ATTACKER }),
      false,
    ),
});

const mixed = attack({
  name: 'mixed-routes',
  what: 'one account with 100 sessions uses every route, 900 requests in flight',
  async prepare(scenario) {
    const face = await scenario.person();
    const tokens = (await scenario.signInsOf(face, 99)).map(({ accessToken }) => accessToken);
    const rooms = [await scenario.room(), await scenario.room({ capacity: 500 })];
    await scenario.filling.auditOf(face, BUSY / 2);
    await scenario.filling.crowds(rooms.slice(1), 400);
    return { tokens, rooms };
  },
  run: ({ tokens, rooms }, client) => {
    const routes = [
      ['GET', '/v1/me/sessions?limit=200'],
      ['PATCH', '/v1/me', { displayName: 'Another' }],
      ['GET', '/v1/rooms?limit=200'],
      ['GET', '/v1/me/export'],
      ['POST', `/v1/rooms/${rooms[0]}/join`, {}],
      ['POST', `/v1/rooms/${rooms[1]}/join`, {}],
      ['POST', `/v1/rooms/${rooms[1]}/leave`],
      ['GET', `/v1/rooms/${rooms[1]}/participants?limit=200`],
      ['DELETE', '/v1/me/sessions/00000000-0000-4000-8000-000000000000'],
    ] as const;
    return client.loops(900, (turn) => {
      const [method, path, body] = routes[turn % routes.length] ?? routes[0];
      const token = tokens[turn % tokens.length] as string;
      return { method, path, token, ...(body && { body }), from: ATTACKER };
    });
  },
});

export const ACCOUNT = [exports, ownName, ownSessions, deletedAccount, refusals, mixed];
