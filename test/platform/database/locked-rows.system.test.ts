import { describe, expect, it } from 'vitest';
import { SessionsRepository } from '../../../src/users/sessions/sessions.repository.js';
import { PresenceService } from '../../../src/rooms/presence/presence.service.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { sessionIdOf } from '../../support/accounts.js';
import { lockRows } from '../../support/locked-rows.js';

const server = useApp();
const lock = (query: string, id: string | undefined) => lockRows(server.database, query, [id]);
const lockUser = ({ signedIn }: Client) =>
  lock('select 1 from users where id = $1', signedIn?.user.id);

describe('locked rows', () => {
  it.each([
    ['rooms without a capacity', {}],
    ['rooms with a capacity', { capacity: 50 }],
  ])('a user whose rows are locked delays nobody else in %s', async (_, settings) => {
    const rooms = await Promise.all(Array.from({ length: 8 }, () => server.createRoom(settings)));
    const [unlucky, ...others] = await Promise.all(
      Array.from({ length: 9 }, () => server.signUp()),
    );
    await lockUser(unlucky as Client);
    let refused = 0;
    const joins = rooms.map(async ({ id }) => {
      const { status } = await (unlucky as Client).post(`/v1/rooms/${id}/join`, {});
      refused += 1;
      return status;
    });
    await Promise.all(
      others.map(async (other, place) => {
        for (const turn of [0, 1])
          await server.join(other, rooms[(place + turn) % rooms.length] as { id: string });
      }),
    );
    // The others did not wait until the joins of this user timed out.
    expect(refused).toBeLessThan(rooms.length);
    expect(new Set(await Promise.all(joins))).toEqual(new Set([503]));
  });
});

describe('a locked seat', () => {
  it('a locked seat does not prevent the renewal of other listeners’ seats', async () => {
    const room = await server.createRoom();
    const people = await Promise.all([server.signUp(), server.signUp()]);
    for (const person of people) await server.join(person, room);
    const seats = `select id from seats where user_id = $1 and room_id = $2`;
    const [locked, other] = await Promise.all(
      people.map(async ({ signedIn }) => {
        const values = [signedIn?.user.id, room.id];
        return (await server.database.query<{ id: string }>(seats, values))[0]?.id as string;
      }),
    );
    await server.database.query(
      `update seats set seen_at = clock_timestamp() - interval '20 s' where room_id = $1`,
      [room.id],
    );
    await lock('select 1 from seats where id = $1', locked);
    await server.app.get(PresenceService, { strict: false }).touchAll([locked, other] as string[]);
    const touched = `select id from seats where room_id = $1
                        and seen_at > clock_timestamp() - interval '10 s'`;
    expect(await server.database.query(touched, [room.id])).toEqual([{ id: other }]);
  });
});

describe('a locked session', () => {
  it('a locked session does not delay the first look-up of other sessions', async () => {
    const [first, other] = await Promise.all([server.signUp(), server.signUp()]);
    const ids = [first, other].map(sessionIdOf);
    await server.database.query('update sessions set is_repeatable = true where id = $1', [ids[0]]);
    await lock('select 1 from sessions where id = $1', ids[0]);
    const sessions = server.app.get(SessionsRepository, { strict: false });
    const [mine, others] = await Promise.allSettled(ids.map((id) => sessions.findLive(id)));
    expect(mine?.status).toBe('rejected');
    expect(others).toMatchObject({ value: { sessionId: ids[1] } });
  });
});
