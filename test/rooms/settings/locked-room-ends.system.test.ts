import { describe, expect, it, onTestFinished } from 'vitest';
import { useApp } from '../../support/app.js';
import { Stream } from '../../support/feed.js';
import { lockRows } from '../../support/locked-rows.js';
import type { Room } from '../../support/shapes.js';

const server = useApp();
/** Creates rooms with one person inside each; the first room ends first. */
async function roomsThatEnd(count: number): Promise<{ rooms: Room[]; streams: Stream[] }> {
  const ends = (place: number) => new Date(Date.now() + 1_500 + place).toISOString();
  const rooms: Room[] = [];
  for (let place = 0; place < count; place += 1)
    rooms.push(await server.createRoom({ closesAt: ends(place) }));
  const streams = await Promise.all(
    rooms.map(async (room) => {
      const person = await server.signUp();
      await server.join(person, room);
      return Stream.open(person, room);
    }),
  );
  onTestFinished(() => streams.forEach((stream) => stream.close()));
  return { rooms, streams };
}

const isEnded = async ({ id }: Room) =>
  (
    await server.database.query<{ done: boolean }>(
      'select ended_at is not null as done from rooms where id = $1',
      [id],
    )
  )[0]?.done;

describe('rooms that end at almost the same time', () => {
  it.each([
    ['the row of one room', 'select 1 from rooms where id = $1'],
    ['the seats of one room', 'select 1 from seats where room_id = $1'],
  ])('end for all listeners while another transaction locks %s', async (_, select) => {
    const { rooms, streams } = await roomsThatEnd(3);
    const [locked, ...unlocked] = rooms as [Room, ...Room[]];
    await lockRows(server.database, select, [locked.id]);
    await Promise.all(streams.map((stream) => stream.end(15_000)));
    for (const stream of streams)
      expect(stream.of('removed').map(({ data }) => data)).toEqual([{ reason: 'room_closed' }]);
    expect(await Promise.all(unlocked.map(isEnded))).toEqual([true, true]);
  });
});
