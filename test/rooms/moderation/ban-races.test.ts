import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

let ann: Client;

const server = useApp();

beforeAll(async () => {
  ann = await server.signUp('Ann');
});
const ban = (by: Client, target: Client, room: Room) =>
  by.put(`/v1/rooms/${room.id}/bans/${idOf(target)}`, {});
const enter = (client: Client, room: Room, verb: string) =>
  client.post<JoinGrant>(`/v1/rooms/${room.id}/${verb}`);

describe('a ban that is set during a join', () => {
  it('refuses the join even if the join has already read the room', async () => {
    const room = await server.createRoom({ capacity: 5 });
    await server.join(server.admin, room);
    let joining: ReturnType<typeof enter> | undefined;
    const holder = new pg.Client({ connectionString: server.database.url });
    await holder.connect();
    try {
      // The join has read the room, and waits for the lock under which seats are counted.
      await holder.query('begin');
      await holder.query('select 1 from rooms where id = $1 for no key update', [room.id]);
      joining = enter(ann, room, 'join');
      const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
                          and datname = current_database() and query like '%for no key update%'`;
      await expect.poll(() => server.database.query(waiting)).toHaveLength(1);
      expect((await ban(server.admin, ann, room)).status).toBe(200);
    } finally {
      await holder.query('rollback');
      await holder.end();
    }
    expect(await joining).toBeProblem(403, 'banned');
    const seats = 'select 1 from seats where room_id = $1 and user_id = $2';
    expect(await server.database.query(seats, [room.id, idOf(ann)])).toEqual([]);
  });

  it('soon ends a seat that was taken at the same moment', async () => {
    const room = await server.createRoom();
    await server.join(ann, room);
    const [seat] = await server.database.query<object>(
      'select * from seats where room_id = $1 and user_id = $2',
      [room.id, idOf(ann)],
    );
    await ban(server.admin, ann, room);
    await server.database.query(
      'insert into seats select * from jsonb_populate_record(null::seats, $1)',
      [JSON.stringify(seat)],
    );
    const count = async () =>
      (await server.admin.get<Room>(`/v1/rooms/${room.id}`)).body.participantCount;
    expect(await count()).toBe(1);
    await expect.poll(count, { timeout: 15_000 }).toBe(0);
  });
});
