import { beforeAll, describe, expect, it } from 'vitest';
import { sentDuring } from '../../support/sent-statements.js';
import { Config } from '../../../src/platform/config/config.js';
import { RoomTokensRepository } from '../../../src/tokens/protocol/room-tokens.repository.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { clientOf, gatherCrowd } from '../../support/crowd.js';
import { Stream } from '../../support/feed.js';
import type { Room } from '../../support/shapes.js';

const OF_TICKERS =
  /^(.+\.(sweep|purge|remove-ended|find-unkeyed)|tokens\.(due|count-live)|rooms\.(due.*|token-ends-early)|bans\.end-late-seats|api-keys\.find-expiring|audit\.forget-old-addresses|seats\.count-held|(server-keys|first-keys|key-uses)\..+)$/;

const server = useApp();
/** The names of the statements that the server sends during the work; each is a round trip. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent = await sentDuring(work);
  return sent.map(({ name = 'unnamed' }) => name).filter((name) => !OF_TICKERS.test(name));
}

describe('the round trips of a join', () => {
  let room: Room;
  let fan: Client;

  beforeAll(async () => {
    room = await server.createRoom();
    fan = await server.signUp('Fan');
    await server.join(server.admin, room);
  });

  it('are three for a first join: sign-in, read, and one statement for all changes', async () => {
    expect(await statementsOf(() => server.join(fan, room))).toEqual([
      'sessions.find-live',
      'join.read-by-id',
      'join.take-seats',
    ]);
  });

  it('are three even when the name is taken', async () => {
    const namesake = await server.signUp('Fan');
    expect(await statementsOf(() => server.join(namesake, room))).toHaveLength(3);
  });

  it('are two for a repeat join that changes nothing', async () => {
    expect(await statementsOf(() => server.join(fan, room))).toEqual([
      'sessions.find-live',
      'join.read-by-id',
    ]);
  });
});

describe('the polls of joins that wait for a token', () => {
  it('need one statement for all rooms that are read at the same time', async () => {
    const store = server.app.get(RoomTokensRepository);
    const rooms = await Promise.all(Array.from({ length: 20 }, () => server.createRoom()));
    const statements = await statementsOf(() => Promise.all(rooms.map(({ id }) => store.read(id))));
    expect(statements).toEqual(['tokens.read']);
  });
});

describe('the round trips of a feed that is resumed', () => {
  const OF_LISTENERS = /^(feed\.(find-events|find-changed|count|name)|seats\.touch-all)$/;
  const crowdSize = 40;
  let room: Room;

  const listenAs = async (client: Client, after?: string) => {
    const stream = await Stream.open(client, room, after);
    await stream.next('state');
    return stream;
  };
  const opening = async (clients: readonly Client[]) => {
    const streams: Stream[] = [];
    const statements = await statementsOf(async () => {
      streams.push(...(await Promise.all(clients.map((client) => listenAs(client, '1')))));
    });
    for (const stream of streams) stream.close();
    return statements.filter((name) => !OF_LISTENERS.test(name));
  };

  beforeAll(async () => {
    room = await server.createRoom();
    await server.join(server.admin, room);
  });

  it('are three: sign-in, right to listen, and state of the room', async () => {
    expect(await opening([server.admin])).toEqual([
      'sessions.find-live',
      'feed.read-by-id',
      'feed.read-states',
    ]);
  });

  it('are shared by clients that connect at the same time, except for their sign-ins', async () => {
    const faces = await gatherCrowd(server.app.get(Config), crowdSize);
    const clients = faces.map((face) => clientOf(server.url, face));
    await server.database.query(`update users set role = 'admin' where id = any ($1)`, [
      faces.map(({ userId }) => userId),
    ]);
    const statements = await opening(clients);
    const shared = statements.filter((name) => name.startsWith('feed.'));
    expect(shared.length).toBeLessThan(crowdSize);
  });
});
