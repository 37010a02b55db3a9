import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import { type Item, MemberLists, user, viewer } from '../../support/member-lists.js';
import { RequestStatements } from '../../support/request-statements.js';
import type { Room } from '../../support/shapes.js';

const ROUNDS = 8;

let lists: MemberLists;
let statements: RequestStatements;

const server = useApp();

beforeAll(async () => {
  lists = new MemberLists(server);
  statements = new RequestStatements(server);
  // Of a few users Postgres would read all, and so in the same order for every list.
  await server.database.query(
    `insert into users (id, kind, identity_key, issuer, external_id, display_name, role, status)
     select gen_random_uuid(), 'external', sha256(n::text::bytea), 'external:crowd', n::text, '', 'user', 'active'
       from generate_series(1, 20000) n`,
  );
  await server.database.query('analyze users');
});
afterAll(() => statements.stop());

const hostOf = (item: Item): Item => ({ ...item, role: 'host' });

/** Sends lists at once, and returns their statuses and the sum of their counts. */
async function sendAll(room: Room, requests: readonly (readonly Item[])[]) {
  const answers = await Promise.all(requests.map((items) => lists.send(room, items)));
  const sum = { added: 0, changed: 0 };
  for (const { body } of answers) {
    sum.added += body.added;
    sum.changed += body.changed;
  }
  return { statuses: answers.map(({ status }) => status), ...sum };
}

describe('lists of members at once', () => {
  it('with the same new people in other orders create each person once, and never deadlock', async () => {
    const room = await server.createRoom();
    for (let round = 0; round < ROUNDS; round += 1) {
      const people = lists.newIds(40).map((externalId) => viewer({ externalId }));
      const requests = [people, people.toReversed(), people.slice(20), people.toReversed()];
      const { statuses, added, changed } = await sendAll(room, requests);
      expect([statuses, added, changed]).toEqual([[200, 200, 200, 200], 40, 0]);
      const ids = people.map(({ externalId }) => externalId);
      const users = 'select 1 from users where external_id = any ($1)';
      expect(await server.database.query(users, [ids])).toHaveLength(40);
    }
  });

  it('with other roles for the same people apply one list as a whole after the other', async () => {
    const room = await server.createRoom();
    const people = lists.newIds(40).map((externalId) => ({ externalId }));
    await lists.set(room, people.map(viewer));
    for (let round = 0; round < ROUNDS; round += 1) {
      const { statuses, added } = await sendAll(room, [
        people.map(hostOf),
        people.toReversed().map(viewer),
        people.map((person) => ({ ...person, role: 'participant' })),
      ]);
      expect([statuses, added]).toEqual([[200, 200, 200], 0]);
      const roles = Object.values(await lists.roles(room));
      expect([roles.length, new Set(roles).size]).toEqual([40, 1]);
    }
  });

  it('that name people by id and by identity in other orders never deadlock', async () => {
    const room = await server.createRoom();
    const externalIds = lists.newIds(20);
    await lists.set(
      room,
      externalIds.map((externalId) => viewer({ externalId })),
    );
    const userIds = await Promise.all(externalIds.map((id) => lists.idOf(id)));
    const byId = userIds.map((userId) => hostOf({ userId }));
    const byIdentity = externalIds.map((externalId) => viewer({ externalId })).toReversed();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { statuses, added } = await sendAll(room, [byId, byIdentity, byId.toReversed()]);
      expect([statuses, added]).toEqual([[200, 200, 200], 0]);
    }
  });

  it('and 20 additions of one of their people make one user', async () => {
    const room = await server.createRoom();
    const externalId = lists.newId();
    const add = () => server.admin.post('/v1/users', { externalId, displayName: 'Dora' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? add() : lists.send(room, [viewer({ externalId })]),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.every((status) => [200, 201, 409].includes(status))).toBe(true);
    expect(statuses.filter((_, index) => index % 2 === 1)).toEqual(Array(10).fill(200));
    expect(await lists.usersOf(externalId)).toHaveLength(1);
    expect(Object.keys(await lists.roles(room))).toHaveLength(1);
  });
});

describe('a person who is deleted during a request', () => {
  it('is the fault of their item, and no other item takes effect', async () => {
    const room = await server.createRoom();
    const gone = await server.signUp('Gone');
    const list = [viewer({ externalId: lists.newId() }), viewer(user(gone))];
    const deletion = new pg.Client({ connectionString: server.database.url });
    await deletion.connect();
    onTestFinished(() => deletion.end());
    await deletion.query('begin');
    const mark = `update users set deleted_at = clock_timestamp(), email_key = 'deleted ' || id where id = $1`;
    await deletion.query(mark, [idOf(gone)]);
    const request = lists.send(room, list);
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(() => server.database.query(waiting)).toHaveLength(1);
    await deletion.query('commit');
    const answer = await request;
    expect(answer).toBeProblem(400, 'invalid_request');
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/items/1/userId' }] });
    expect(await lists.roles(room)).toEqual({});
    expect(await lists.usersOf(String(list[0]?.['externalId']))).toEqual([]);
  });
});

describe('the statements of a list', () => {
  it('their number depends on neither the number of the items nor the number of new users', async () => {
    const room = await server.createRoom();
    const sent = async (items: readonly Item[]) => {
      const [{ status }, names] = await statements.of(() => lists.send(room, items));
      expect(status).toBe(200);
      return names.length;
    };
    const people = lists.newIds(200).map((externalId) => ({ externalId }));
    // The first request opens the connection.
    await sent(people.slice(0, 1).map(hostOf));
    const few = await sent(lists.newIds(1).map((externalId) => viewer({ externalId })));
    const many = await sent(people.map(viewer));
    const changed = await sent(people.map(hostOf));
    const unchanged = await sent(people.map(hostOf));
    expect([many, changed, unchanged]).toEqual([few, few, few - 1]);
    expect(few).toBeLessThanOrEqual(8);
  });
});
