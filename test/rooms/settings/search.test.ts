import { describe, expect, it } from 'vitest';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { useApp } from '../../support/app.js';
import type { Room, User } from '../../support/shapes.js';

const server = useApp();
interface List<Item> {
  readonly items: readonly Item[];
}

async function roomsFound(search: string): Promise<string[]> {
  const path = `/v1/rooms?limit=200&search=${encodeURIComponent(search)}`;
  const lists = await Promise.all(
    [server.admin, await server.signUp()].map((client) => client.get<List<Room>>(path)),
  );
  const [names, asUser] = lists.map(({ body }) => body.items.map(({ name }) => name));
  // All of these rooms admit every user.
  expect(asUser).toEqual(names);
  return names ?? [];
}

async function usersFound(search: string): Promise<string[]> {
  const path = `/v1/users?limit=200&search=${encodeURIComponent(search)}`;
  return (await server.admin.get<List<User>>(path)).body.items.map(
    ({ displayName }) => displayName,
  );
}

/** Leaves the rows as an older version writes them. */
const forgetKeys = (table: 'rooms' | 'users') =>
  server.database.query(`update ${table} set search_key = null`);

const SAME: [string, ...string[]][] = [
  ['Café Zürich', 'Cafe\u0301 Zu\u0308rich', 'CAFÉ', 'é zü', 'cafe\u0301'],
  ['Ångström', 'ÅNGSTRÖM', 'a\u030angstr', '\u212bng'],
  ['Большой зал', 'БОЛЬШОЙ', 'ой ЗАЛ'],
  ['Straße 7', 'STRASSE', 'strasse', 'aße'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφος', 'Σίς', 'φοσ'],
  ['Ｗｉｄｅ  Room', 'wide room', 'WIDE'],
];

describe('a search', () => {
  it.each(SAME)('finds the room %s in any spelling', async (name, ...searches: string[]) => {
    await server.createRoom({ name });
    for (const search of searches)
      expect([search, await roomsFound(search)]).toEqual([search, [name.normalize('NFC')]]);
  });

  it.each(SAME)('finds the user %s in any spelling', async (name, ...searches: string[]) => {
    await server.signUp(name);
    for (const search of searches)
      expect([search, await usersFound(search)]).toEqual([search, [name.normalize('NFC')]]);
  });

  it('distinguishes different letters', async () => {
    await server.createRoom({ name: 'Jürgen' });
    for (const other of ['Jurgen', 'Jörgen', 'Juergen'])
      expect(await roomsFound(other)).toEqual([]);
  });

  it.each(['100 %', 'a_b', String.raw`c\d`, '50%_\\'])(
    'treats the wildcards of the database as plain text: %s',
    async (text) => {
      await server.createRoom({ name: `It is ${text} here` });
      await server.createRoom({ name: `It is ${text.replaceAll(/[%_\\]/g, 'x')} here` });
      expect(await roomsFound(text)).toEqual([`It is ${text} here`]);
      await server.signUp(`They are ${text}`);
      await server.signUp(`They are ${text.replaceAll(/[%_\\]/g, 'x')}`);
      expect(await usersFound(text)).toEqual([`They are ${text}`]);
    },
  );

  it('covers slugs and email addresses, and matches nothing across two fields', async () => {
    const room = await server.createRoom({ name: 'North', slug: 'south-hall' });
    expect(await roomsFound('SOUTH-hall')).toEqual([room.name]);
    for (const across of ['north south', 'northsouth'])
      expect(await roomsFound(across)).toEqual([]);
    const { body } = await server.admin.post<User>('/v1/users', {
      email: 'Zoe.Search@Example.org',
      password: 'a password for tests',
      displayName: 'Zoë',
    });
    expect(await usersFound('zoe.SEARCH@')).toEqual([body.displayName]);
  });

  it('finds a renamed room or user by the new name only', async () => {
    const room = await server.createRoom({ name: 'Élan', slug: 'first-slug' });
    const change = (patch: Record<string, unknown>) =>
      server.admin.patch(`/v1/rooms/${room.id}`, patch);
    await change({ name: 'ÉLAN' });
    expect(await roomsFound('élan')).toEqual(['ÉLAN']);
    await change({ name: 'Öresund' });
    expect([await roomsFound('élan'), await roomsFound('ÖRES')]).toEqual([[], ['Öresund']]);
    await change({ slug: 'second-slug' });
    expect([await roomsFound('first-slug'), await roomsFound('second-slug')]).toEqual([
      [],
      ['Öresund'],
    ]);
    const ann = await server.signUp('Éva');
    await ann.patch('/v1/me', { displayName: 'ÉVA' });
    expect(await usersFound('éva')).toEqual(['ÉVA']);
    await ann.patch('/v1/me', { displayName: 'Ödön' });
    expect([await usersFound('éva'), await usersFound('öDÖN')]).toEqual([[], ['Ödön']]);
  });

  it.each(['\u200b', '\u2060 \u00ad', ' '])('of invisible text is refused: %j', async (search) => {
    for (const list of ['rooms', 'users']) {
      const answer = await server.admin.get(`/v1/${list}?search=${encodeURIComponent(search)}`);
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['search']);
    }
  });
});

describe('rows that an older version has written', () => {
  it('are found as the older version found them, until they have a key', async () => {
    await server.createRoom({ name: 'Of before' });
    await server.signUp('Bea of before');
    await forgetKeys('rooms');
    await forgetKeys('users');
    expect(await roomsFound('OF before')).toEqual(['Of before']);
    expect(await usersFound('BEA of')).toEqual(['Bea of before']);
  });

  it('soon get a key, and get another key after the older version has changed their text', async () => {
    const room = await server.createRoom({ name: 'Übung' });
    const ann = await server.signUp('Ása');
    await server.database.query(`update rooms set name = 'Ämter' where id = $1`, [room.id]);
    await server.database.query(`update users set display_name = 'Íris' where id = $1`, [
      ann.signedIn?.user.id,
    ]);
    expect([await roomsFound('übung'), await usersFound('ása')]).toEqual([[], []]);
    await expect.poll(() => roomsFound('ämter'), { timeout: 20_000 }).toEqual(['Ämter']);
    await expect.poll(() => usersFound('íris'), { timeout: 20_000 }).toEqual(['Íris']);
  });
});

describe('a name', () => {
  it('is stored in its composed form, wherever it is set', async () => {
    const decomposed = 'Zoe\u0308 A\u030a';
    const name = decomposed.normalize('NFC');
    const room = await server.createRoom({ name: decomposed });
    const patched = await server.admin.patch(`/v1/rooms/${room.id}`, { name: decomposed });
    const ann = await server.signUp(decomposed);
    const me = await ann.patch<User>('/v1/me', { displayName: decomposed });
    const { participant } = await server.join(ann, room, { displayName: decomposed });
    expect([room.name, patched.body, me.body, participant]).toMatchObject([
      name,
      { name },
      { displayName: name },
      { displayName: name },
    ]);
  });

  it('has the length of its composed form', async () => {
    const name = 'e\u0301'.repeat(80);
    expect((await server.createRoom({ name })).name).toBe('é'.repeat(80));
    const longer = await server.admin.post('/v1/rooms', { name: `${name}x` });
    expect(placesOf(expectProblem(longer, 400, 'invalid_request'))).toEqual(['/name']);
  });
});
