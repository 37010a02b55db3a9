import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';

// Wherever a length is limited, characters are code points after NFC.
let room: string;
let user: string;

const server = useApp();

beforeAll(async () => {
  room = (await server.createRoom()).id;
  user = (await server.signUp()).signedIn?.user.id ?? '';
});
type Send = (text: string) => Promise<Answer<unknown>>;
type Limit = [name: string, place: string, most: number, send: Send];

const LIMITS: Limit[] = [
  ['the name of a room', '/name', 80, (name) => server.admin.post('/v1/rooms', { name })],
  [
    'the name of an account',
    '/displayName',
    80,
    (displayName) => server.admin.patch('/v1/me', { displayName }),
  ],
  [
    'a search for rooms',
    'search',
    80,
    (text) => server.admin.get(`/v1/rooms?search=${encodeURIComponent(text)}`),
  ],
  [
    'a search for users',
    'search',
    80,
    (text) => server.admin.get(`/v1/users?search=${encodeURIComponent(text)}`),
  ],
  [
    'the description of a room',
    '/description',
    2_000,
    (description) => server.admin.patch(`/v1/rooms/${room}`, { description }),
  ],
  [
    'the access code of a room',
    '/accessCode',
    128,
    (accessCode) => server.admin.patch(`/v1/rooms/${room}`, { accessCode }),
  ],
  [
    'the note of an invite',
    '/note',
    200,
    (note) => server.admin.post(`/v1/rooms/${room}/invites`, { role: 'viewer', note }),
  ],
  [
    'the reason of a ban',
    '/reason',
    200,
    (reason) => server.admin.put(`/v1/rooms/${room}/bans/${user}`, { reason }),
  ],
  [
    'the reason of a re-key',
    '/reason',
    200,
    (reason) => server.admin.post(`/v1/rooms/${room}/rekey`, { reason, dryRun: true }),
  ],
];

/** Characters of one code point, of two UTF-16 units, and of two code points before NFC. */
const CHARACTERS = ['x', '💥', 'e\u0301'];

describe.each(LIMITS)('%s', (_, place, most, send) => {
  it.each(CHARACTERS)('accepts as many %j as its maximum says, and no more', async (each) => {
    // The re-key is then refused because the room has no token.
    expect((await send(each.repeat(most))).status).not.toBe(400);
    const problem = expectProblem(await send(each.repeat(most + 1)), 400, 'invalid_request');
    expect(placesOf(problem)).toEqual([place]);
    expect(problem.detail).toContain(`must have at most ${most} characters`);
  });
});

describe('the length of an access code', () => {
  it('an access code has at least four characters, however many UTF-16 units they take', async () => {
    const set = (accessCode: string) => server.admin.patch(`/v1/rooms/${room}`, { accessCode });
    for (const short of ['💥💥💥', 'e\u0301e\u0301e\u0301', ' abc '])
      expect(await set(short)).toBeProblem(400, 'invalid_request');
    expect((await set('💥💥💥💥')).status).toBe(200);
  });
});

describe('the form of stored texts', () => {
  it('a text is stored and returned in NFC', async () => {
    const sent = await server.admin.patch<{ description: string }>(`/v1/rooms/${room}`, {
      description: ' Cafe\u0301 ',
    });
    expect(sent.body.description).toBe(' Café ');
  });
});
