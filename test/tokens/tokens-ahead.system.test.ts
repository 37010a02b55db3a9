import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { useApp } from '../support/app.js';
import '../support/expect-problem.js';
import type { Room } from '../support/shapes.js';

const MINUTE = 60_000;
const server = useApp();
beforeEach(() => server.cas.reset());
const inMs = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();

async function generationOf({ id }: Room): Promise<number> {
  const { body } = await server.admin.get<Room>(`/v1/rooms/${id}`);
  return body.token?.generation ?? 0;
}

async function alarmsOf({ id }: Room): Promise<{ action: string; details: object }[]> {
  const query = `/v1/audit?roomId=${id}`;
  const trail = await server.admin.get<{ items: { action: string; details: object }[] }>(query);
  return trail.body.items.filter(({ action }) => action.startsWith('alarm.'));
}

/** Long enough for two ticks of a ticker that runs every second, with jitter. */
const twoTicks = () => sleep(3_000);

describe('the token of a scheduled room', () => {
  it('is minted once in advance, and is the token that people get', async () => {
    const room = await server.createRoom({ opensAt: inMs(50_000) });
    await expect.poll(() => generationOf(room), { timeout: 8_000 }).toBe(1);
    await twoTicks();
    expect(server.cas.stats().received).toBe(1);
    const { generation } = await server.join(server.admin, room);
    expect(generation).toBe(1);
    expect(server.cas.stats().received).toBe(1);
  });

  it('is not minted for rooms that open later or at no set time, or that are closed or deleted', async () => {
    const rooms = [
      await server.createRoom(),
      await server.createRoom({ opensAt: inMs(5 * MINUTE) }),
      await server.createRoom({ opensAt: inMs(30_000), premintSeconds: 10 }),
      await server.createRoom({ opensAt: inMs(30_000), premintSeconds: 0 }),
      await server.createRoom({ opensAt: inMs(-MINUTE) }),
    ];
    const closed = await server.createRoom({ opensAt: inMs(5 * MINUTE) });
    await server.admin.patch(`/v1/rooms/${closed.id}`, { status: 'closed', opensAt: inMs(30_000) });
    const deleted = await server.createRoom({ opensAt: inMs(5 * MINUTE) });
    await server.admin.delete(`/v1/rooms/${deleted.id}`);
    await twoTicks();
    expect(server.cas.stats().received).toBe(0);
    expect(await Promise.all(rooms.map(generationOf))).toEqual(rooms.map(() => 0));
  });

  it('raises one alarm if CAS refuses it, and is minted when CAS works again', async () => {
    server.cas.behave({ status: 401 });
    const room = await server.createRoom({ opensAt: inMs(50_000) });
    await expect.poll(() => alarmsOf(room), { timeout: 8_000 }).toHaveLength(1);
    await twoTicks();
    const [alarm, ...furtherAlarms] = await alarmsOf(room);
    expect(alarm).toMatchObject({ action: 'alarm.mint_failed' });
    expect(alarm?.details).toEqual({ opensAt: room.opensAt });
    expect(furtherAlarms).toEqual([]);
    server.cas.reset();
    await expect.poll(() => generationOf(room), { timeout: 15_000 }).toBe(1);
  });

  it('raises an alarm if it ends before the room closes', async () => {
    const evening = { opensAt: inMs(50_000), closesAt: inMs(3 * 60 * MINUTE) };
    const room = await server.createRoom(evening);
    await expect.poll(() => alarmsOf(room), { timeout: 8_000 }).toHaveLength(1);
    const [alarm] = await alarmsOf(room);
    expect(alarm).toMatchObject({
      action: 'alarm.token_ends_early',
      details: { closesAt: evening.closesAt },
    });
    const short = await server.createRoom({ opensAt: inMs(50_000), closesAt: inMs(30 * MINUTE) });
    await expect.poll(() => generationOf(short), { timeout: 8_000 }).toBe(1);
    expect(await alarmsOf(short)).toEqual([]);
  });

  it('cannot be requested more than an hour in advance', async () => {
    const body = { name: 'Far ahead', premintSeconds: 3_601 };
    expect(await server.admin.post('/v1/rooms', body)).toBeProblem(400, 'invalid_request');
  });
});
