import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { Room } from '../../support/shapes.js';

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actorId: string | null;
  readonly userId: string | null;
  readonly roomId: string | null;
  readonly details: Record<string, unknown>;
  readonly address: string | null;
  readonly requestId: string | null;
}
interface Trail {
  readonly items: Entry[];
  readonly nextCursor: string | null;
}

let ann: Client;
let room: Room;
async function read(query = ''): Promise<Trail> {
  const answer = await server.admin.get<Trail>(`/v1/audit${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

/** Inserts an entry as it would have been written so many days ago. */
async function entryOfAge(days: number, actorId: string): Promise<string> {
  const [row] = await server.database.query<{ id: string }>(
    `insert into audit_entries (id, at, action, actor_id, details, address)
     values (gen_random_uuid(), clock_timestamp() - make_interval(days => $1), 'session.opened',
             $2, '{}', '203.0.113.9') returning id`,
    [days, actorId],
  );
  return row?.id ?? '';
}

async function addressOf(id: string): Promise<string | null | undefined> {
  const rows = await server.database.query<{ address: string | null }>(
    'select address from audit_entries where id = $1',
    [id],
  );
  return rows[0]?.address;
}

const server = useApp();

beforeAll(async () => {
  ann = await server.signUp('Ann');
  room = await server.createRoom({ name: 'Audited' });
  await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(ann)}`, { role: 'host' });
  await ann.patch(`/v1/rooms/${room.id}`, { name: 'Changed' });
});
describe('the list of the audit trail', () => {
  it('an entry says who did what to whom, when and from where, and the newest entry is first', async () => {
    const { items } = await read();
    const [changed, hosted] = items;
    expect(changed).toMatchObject({
      action: 'room.changed',
      actorId: idOf(ann),
      userId: null,
      roomId: room.id,
      details: { changed: ['name'] },
      address: '127.0.0.1',
    });
    expect(hosted).toMatchObject({
      action: 'member.set',
      actorId: idOf(server.admin),
      userId: idOf(ann),
    });
    const times = items.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((one, other) => other - one));
  });

  it.each([
    ['action=member.set', (entry: Entry) => entry.action === 'member.set'],
    ['actorId=ANN', (entry: Entry) => entry.actorId === idOf(ann)],
    ['userId=ANN', (entry: Entry) => entry.userId === idOf(ann)],
    ['roomId=ROOM', (entry: Entry) => entry.roomId === room.id],
    [
      'actorId=ANN&action=room.changed&roomId=ROOM',
      (entry: Entry) => entry.actorId === idOf(ann) && entry.action === 'room.changed',
    ],
  ])('the list is filtered by %s', async (query, fits) => {
    const all = await read('?limit=200');
    const asked = query.replace('ANN', idOf(ann)).replace('ROOM', room.id);
    const found = await read(`?${asked}`);
    expect(found.items.length).toBeGreaterThan(0);
    expect(found.items).toEqual(all.items.filter(fits));
  });

  it('the list is filtered by time, with an inclusive start and an exclusive end', async () => {
    const { items } = await read('?limit=200');
    const middle = items[Math.floor(items.length / 2)]?.at ?? '';
    const time = encodeURIComponent(middle);
    const since = await read(`?limit=200&since=${time}`);
    const until = await read(`?limit=200&until=${time}`);
    expect(since.items.length).toBeGreaterThan(0);
    expect([...since.items, ...until.items]).toEqual(items);
  });

  it('pages have no gap and no repetition while entries are added', async () => {
    const before = await read('?limit=200');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Trail = await read(`?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      await server.admin.patch(`/v1/rooms/${room.id}`, { description: `Page ${seen.length}` });
    } while (cursor !== null);
    expect(seen).toEqual(before.items.map(({ id }) => id));
  });

  it('entries are ordered by the time of the database, and not by their ids', async () => {
    const old = await entryOfAge(2, idOf(ann));
    const { items } = await read('?limit=200');
    expect(items.at(-1)?.id).toBe(old);
  });

  it.each(['action=shouted', 'actorId=ann', 'since=yesterday', 'cursor=x', 'limit=0', 'foo=1'])(
    'the list refuses the query %s',
    async (query) => {
      const answer = await server.admin.get(`/v1/audit?${query}`);
      expect(answer).toBeProblem(400, 'invalid_request');
    },
  );
});

describe('stored entries of the audit trail', () => {
  it.each([
    `update audit_entries set details = '{"forged": true}'`,
    `update audit_entries set action = 'user.deleted'`,
    `update audit_entries set at = at - interval '1 day'`,
    `update audit_entries set address = '198.51.100.1'`,
    'update audit_entries set address = null, actor_id = null',
    'delete from audit_entries',
    'truncate audit_entries',
  ])('an entry cannot be changed or deleted by %s', async (sql) => {
    const before = await server.database.query('select * from audit_entries order by id');
    await expect(server.database.query(sql)).rejects.toMatchObject({ code: '23001' });
    expect(await server.database.query('select * from audit_entries order by id')).toEqual(before);
  });

  it('an entry of a deleted user stays, without the address', async () => {
    const bob = await server.signUp('Bob');
    const other = await entryOfAge(0, idOf(ann));
    await server.admin.delete(`/v1/users/${idOf(bob)}`);
    const { items } = await read(`?actorId=${idOf(bob)}`);
    expect(items.map(({ action }) => action)).toEqual(['session.opened', 'user.registered']);
    expect(items.map(({ address }) => address)).toEqual([null, null]);
    expect(await addressOf(other)).toBe('203.0.113.9');
  });
});
