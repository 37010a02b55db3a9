import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS } from '../../../src/rooms/feed/feed.schema.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { poll, Stream } from '../../support/feed.js';
import { Contract } from '../../support/openapi.js';
import type { Room } from '../../support/shapes.js';

let server: TestApp;
let ann: Client;
let room: Room;
let contract: Contract;
const streams: Stream[] = [];

beforeAll(async () => {
  server = await startApp();
  [ann, room] = await Promise.all([server.signUp('Ann'), server.createRoom()]);
  await server.join(ann, room);
  contract = await Contract.read(server.anyone);
  // The migration of a newer release does this while replicas of this release still run.
  await server.database.query('alter table room_events drop constraint room_events_type_check', []);
});
afterAll(() => server.stop());
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

/** Records an event as a newer release does. */
async function record(type: string, data: object): Promise<void> {
  await server.database.query(
    `with feed as (
       update room_feeds set last_id = last_id + 1 where room_id = $1 returning last_id)
     insert into room_events (room_id, id, type, data) select $1, last_id, $2, $3 from feed`,
    [room.id, type, JSON.stringify(data)],
  );
}

const schemaOf = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('an event that a newer release recorded', () => {
  const unknown = [
    ['of an unknown type', 'language.changed', { language: 'de', since: { by: 'host' } }],
    ['whose type is a property of every object', 'constructor', {}],
    ['with an additional field', 'token.moved', { generation: 1, reason: 'expired', by: 'host' }],
    ['with an unknown reason', 'room.closed', { reason: 'weather' }],
    ['whose data does not fit its schema', 'token.moved', { generation: 'one' }],
  ] as const;

  it.each(unknown)('is returned unchanged by a long poll: %s', async (_, type, data) => {
    const { lastEventId } = (await poll(ann, room)).body;
    await record(type, data);
    const { status, body } = await poll(ann, room, lastEventId, 5);
    expect(status).toBe(200);
    const at = expect.stringMatching(/Z$/);
    expect(body.items).toEqual([{ id: body.lastEventId, type, at, data }]);
  });

  it.each(unknown)('is sent unchanged by a stream, which stays open: %s', async (_, type, data) => {
    const stream = await Stream.open(ann, room);
    streams.push(stream);
    await stream.next('state');
    await record(type, data);
    expect(await stream.next(type)).toMatchObject({ type, data });
    await record('room.updated', {});
    await stream.next('room.updated');
    expect(stream.isOver).toBe(false);
  });
});

describe('the OpenAPI document', () => {
  it('has every type of event, with a schema of its data', () => {
    const { oneOf, discriminator } = contract.document.components.schemas['RoomEvent'] ?? {};
    const mapping = (discriminator as { mapping: Record<string, string> }).mapping;
    expect(discriminator).toMatchObject({ propertyName: 'type' });
    expect(Object.keys(mapping)).toEqual(Object.keys(EVENTS));
    expect(oneOf).toEqual(Object.values(mapping).map(($ref) => ({ $ref })));
  });

  it('describes the events that a long poll and a stream send', async () => {
    const { lastEventId } = (await poll(ann, room)).body;
    const stream = await Stream.open(ann, room, '999999');
    streams.push(stream);
    await server.admin.patch(`/v1/rooms/${room.id}`, { name: 'Renamed' });
    const { body } = await poll(ann, room, lastEventId, 5);
    expect(body.items.map(({ type }) => type)).toEqual(['room.updated']);
    expect(contract.faultsOf(schemaOf('RoomEvents'), body)).toEqual([]);
    await server.join(await server.signUp('Ben'), room);
    await stream.next('participants');
    const at = new Date(0).toISOString();
    for (const { type, id = null, data } of stream.told.filter(({ type }) => type in EVENTS))
      expect(contract.faultsOf(schemaOf('RoomEvent'), { id, type, at, data })).toEqual([]);
    expect(stream.types.slice(0, 2)).toEqual(['reset', 'state']);
  });

  it('does not accept an event whose data lacks fields', () => {
    const event = { id: '1', type: 'token.moved', at: new Date(0).toISOString(), data: {} };
    expect(contract.faultsOf(schemaOf('RoomEvent'), event)).not.toEqual([]);
  });
});
