import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { testConfig } from '../../support/config.js';
import { clientOf, gatherCrowd } from '../../support/crowd.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { Room } from '../../support/shapes.js';

let ann: Client;
let ben: Client;
let cara: Client;

const server = useApp();

beforeAll(async () => {
  [ann, ben, cara] = await Promise.all([
    server.signUp('Ann'),
    server.signUp('Ben'),
    server.signUp('Cara'),
  ]);
});
async function nameOf(client: Client, room: Room, wish: Record<string, unknown> = {}) {
  return (await server.join(client, room, wish)).participant.displayName;
}

const leave = (client: Client, { id }: Room) => client.post(`/v1/rooms/${id}/leave`);

describe('the name of a participant', () => {
  it('is the requested name, or else the name of the account', async () => {
    const room = await server.createRoom();
    expect(await nameOf(ann, room)).toBe('Ann');
    expect(await nameOf(ben, room, { displayName: ' Benny ' })).toBe('Benny');
    const { body } = await ben.get<{ displayName: string }>('/v1/me');
    expect(body.displayName).toBe('Ben');
  });

  it('is the plain name, or the name with the smallest free number', async () => {
    const room = await server.createRoom();
    const displayName = 'Fan';
    expect(await nameOf(ann, room, { displayName })).toBe('Fan');
    expect(await nameOf(ben, room, { displayName })).toBe('Fan 2');
    expect(await nameOf(cara, room, { displayName })).toBe('Fan 3');
    await leave(ben, room);
    expect(await nameOf(await server.signUp('FAN'), room)).toBe('FAN 2');
    expect(await nameOf(await server.signUp('Fan'), room)).toBe('Fan 4');
  });

  it('has a suffix when nine participants already have it', async () => {
    const room = await server.createRoom();
    const given: string[] = [];
    for (let each = 1; each <= 10; each += 1)
      given.push(await nameOf(await server.signUp('Fan'), room));
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `Fan ${number}`);
    expect(given.slice(0, 9)).toEqual(['Fan', ...numbers]);
    expect(given[9]).toMatch(/^Fan [0-9a-v]{8}$/);
  }, 60_000);

  it('is found at once for everybody in a crowd with the same name', async () => {
    const room = await server.createRoom();
    const crowd = await gatherCrowd(testConfig({ DATABASE_URL: server.database.url }), 120);
    const names = await Promise.all(
      crowd.map((face) => nameOf(clientOf(server.url, face), room, { displayName: 'Fan' })),
    );
    expect(new Set(names).size).toBe(120);
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `Fan ${number}`);
    expect(names).toEqual(expect.arrayContaining(['Fan', ...numbers]));
  }, 120_000);

  it.each([
    ['Ann', 'aNN'],
    ['Ann', 'Ａｎｎ'],
    ['Ångström', 'A\u030angstro\u0308m'],
    ['Straße', 'STRASSE'],
    ['ﬁt', 'FIT'],
    ['Σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['Ann Lee', 'Ann\u00a0Lee'],
    ['Ann Lee', 'Ann\u200b Lee'],
  ])('is taken if %s is held and %s is requested', async (held, requested) => {
    const room = await server.createRoom();
    expect(await nameOf(ann, room, { displayName: held })).toBe(held);
    expect(await nameOf(ben, room, { displayName: requested })).toBe(
      `${requested.normalize('NFC')} 2`,
    );
  });

  it.each([
    ['Ann', 'Anne'],
    ['Ann', 'Änn'],
    ['Ann', 'Ann2'],
  ])('is free if %s is held and %s is requested', async (held, requested) => {
    const room = await server.createRoom();
    expect(await nameOf(ann, room, { displayName: held })).toBe(held);
    expect(await nameOf(ben, room, { displayName: requested })).toBe(requested);
  });

  it('is unique even if a participant chose a name with a number', async () => {
    const room = await server.createRoom();
    expect(await nameOf(ann, room, { displayName: 'Fan 2' })).toBe('Fan 2');
    expect(await nameOf(ben, room, { displayName: 'fan' })).toBe('fan');
    expect(await nameOf(cara, room, { displayName: 'FAN' })).toBe('FAN 3');
  });

  it('has at most 80 characters, and none is cut in half', async () => {
    const room = await server.createRoom();
    const displayName = `${'x'.repeat(77)}😀y`;
    expect(await nameOf(ann, room, { displayName })).toBe(displayName);
    expect(await nameOf(ben, room, { displayName })).toBe(`${'x'.repeat(77)}😀 2`);
    expect(await nameOf(cara, room, { displayName })).toBe(`${'x'.repeat(77)}😀 3`);
  });

  it('is kept by a repeat join, even if it requests another name', async () => {
    const room = await server.createRoom();
    await nameOf(ann, room, { displayName: 'Fan' });
    expect(await nameOf(ben, room, { displayName: 'Fan' })).toBe('Fan 2');
    await leave(ann, room);
    expect(await nameOf(ben, room)).toBe('Fan 2');
    expect(await nameOf(ben, room, { displayName: 'Fan' })).toBe('Fan 2');
    expect(await nameOf(ben, room, { displayName: 'Other', newName: false })).toBe('Fan 2');
  });

  it('is free again when its holder leaves, and not before', async () => {
    const room = await server.createRoom();
    await nameOf(ann, room, { displayName: 'Fan' });
    expect(await nameOf(ben, room, { displayName: 'Fan' })).toBe('Fan 2');
    await leave(ann, room);
    expect(await nameOf(cara, room, { displayName: 'Fan' })).toBe('Fan');
  });

  it('may be the same in two rooms', async () => {
    const rooms = [await server.createRoom(), await server.createRoom()];
    const names = await Promise.all(rooms.map((room) => nameOf(ann, room)));
    expect(names).toEqual(['Ann', 'Ann']);
  });

  it('is unique when thirty people with the same name join at once', async () => {
    const crowd = await Promise.all(Array.from({ length: 30 }, () => server.signUp('Fan')));
    const room = await server.createRoom();
    const names = await Promise.all(crowd.map((client) => nameOf(client, room)));
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(30);
    for (const name of names) expect(name).toMatch(/^Fan( [2-9]| [0-9a-v]{8})?$/);
    expect(names).toContain('Fan');
    expect(names).toContain('Fan 9');
    const again = await Promise.all(crowd.map((client) => nameOf(client, room)));
    expect(again).toEqual(names);
  });

  it.each(['', ' ', 'x'.repeat(81), 'a\nb', 'a\u0007'])('cannot be %j', async (displayName) => {
    const room = await server.createRoom();
    const answer = await ann.post(`/v1/rooms/${room.id}/join`, { displayName });
    expect(expectProblem(answer, 400, 'invalid_request').errors?.[0]?.pointer).toBe('/displayName');
  });
});

describe('a new name', () => {
  it('is different at each request, and belongs to the same seat', async () => {
    const room = await server.createRoom();
    const first = await server.join(ann, room);
    const names = [first.participant.displayName];
    for (let time = 0; time < 5; time += 1) {
      const { participant } = await server.join(ann, room, { newName: true });
      expect(participant.id).toBe(first.participant.id);
      expect(names).not.toContain(participant.displayName);
      expect(participant.displayName).toMatch(/^Ann/);
      names.unshift(participant.displayName);
      names.length = 1;
    }
    expect(await nameOf(ann, room)).toBe(names[0]);
  });

  it('may be requested, and is never the name of another participant', async () => {
    const room = await server.createRoom();
    await nameOf(ann, room);
    await nameOf(ben, room);
    expect(await nameOf(ben, room, { newName: true, displayName: 'Ann' })).toBe('Ann 2');
    expect(await nameOf(ben, room, { newName: true, displayName: 'Benny' })).toBe('Benny');
    expect(await nameOf(cara, room, { displayName: 'Ben' })).toBe('Ben');
  });

  it('at the first join is not the plain name, which the vendor’s session already has', async () => {
    const room = await server.createRoom();
    expect(await nameOf(ann, room, { newName: true })).toBe('Ann 2');
  });
});

describe('a name', () => {
  it.each(['\u200b', '\u3164\u2060', '\u2800', '\u200e \ufeff'])(
    'must have a visible character: not %j',
    async (displayName) => {
      const answer = await ann.post(`/v1/rooms/${(await server.createRoom()).id}/join`, {
        displayName,
      });
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['/displayName']);
    },
  );

  it.each(['\u202ennA', '\u2066Ann', 'Ann\u2028is host', 'Ann\u0085', 'Ann\u009b31m'])(
    'cannot break lines or change the direction of writing: not %j',
    async (name) => {
      const answer = await server.admin.post('/v1/rooms', { name });
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['/name']);
    },
  );

  it.each(['שלום \u200fעולם', 'می\u200cخواهم', '👩\u200d👩\u200d👧', '❤\ufe0f', 'O’Neill 🏴'])(
    'may use the characters that its script or emoji needs: %s',
    async (displayName) => {
      expect(await nameOf(cara, await server.createRoom(), { displayName })).toBe(displayName);
    },
  );
});
