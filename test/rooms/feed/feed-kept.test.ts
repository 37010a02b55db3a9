import { expect, it } from 'vitest';
import { RoomEvents } from '../../../src/platform/room-events/room-events.service.js';
import { useApp } from '../../support/app.js';
import { poll } from '../../support/feed.js';

const server = useApp();
it('events are kept for seven days; a client that comes back later gets a reset', async () => {
  const room = await server.createRoom();
  for (const name of ['One', 'Two', 'Three', 'Four'])
    await server.admin.patch(`/v1/rooms/${room.id}`, { name });
  await server.database.query(
    `update room_events set at = at - make_interval(days => case when id < 3 then 7 else 6 end)
      where room_id = $1`,
    [room.id],
  );
  await server.app.get(RoomEvents).purge();
  const itemsAfter = async (id: string) => (await poll(server.admin, room, id)).body.items;
  expect((await itemsAfter('2')).map(({ id }) => id)).toEqual(['3', '4']);
  expect((await itemsAfter('1')).map(({ type }) => type)).toEqual(['reset']);
});
