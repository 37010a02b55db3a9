import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { Backend, bearing } from '../../support/backend.js';
import '../../support/expect-problem.js';
import { Stream } from '../../support/feed.js';
import type { User } from '../../support/shapes.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

let people = 0;

/** A person in a room of their own, with the app that holds their token. */
async function inside() {
  const room = await server.createRoom();
  const externalId = `removed-${(people += 1)}`;
  const { participantToken } = await backend.grant(room, { externalId });
  const app = bearing(server.url, participantToken);
  const { id: userId } = (await app.get<User>('/v1/me')).body;
  return { room, externalId, app, userId };
}

describe('a kick', () => {
  it('ends the participant token of a person whose seat ended before', async () => {
    const { room, app, userId } = await inside();
    expect((await app.post(`/v1/rooms/${room.id}/leave`)).status).toBe(204);
    const kick = `/v1/rooms/${room.id}/participants/${userId}`;
    expect((await server.admin.delete(kick)).status).toBe(204);
    expect(await app.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    expect(await server.admin.delete(kick)).toBeProblem(404, 'not_found');
  });

  it('does not change the row of a person who was never in the room', async () => {
    const { userId } = await inside();
    const other = await server.createRoom();
    const version = () =>
      server.database.query(`select xmin::text from users where id = $1`, [userId]);
    const before = await version();
    expect(await server.admin.delete(`/v1/rooms/${other.id}/participants/${userId}`)).toBeProblem(
      404,
      'not_found',
    );
    expect(await version()).toEqual(before);
  });
});

describe('the feed of a participant token', () => {
  it('says why a kicked person was removed, and ends', async () => {
    const { room, app, userId } = await inside();
    const stream = await Stream.open(app, room);
    await stream.next('state');
    await server.admin.delete(`/v1/rooms/${room.id}/participants/${userId}`);
    await stream.end();
    expect(stream.told.filter(({ type }) => type === 'removed')).toMatchObject([
      { data: { reason: 'kicked' } },
    ]);
  });

  it('ends when the sign-in is ended', async () => {
    const { room, app, userId } = await inside();
    const stream = await Stream.open(app, room);
    await stream.next('state');
    await server.admin.delete(`/v1/users/${userId}/sessions`);
    await stream.end();
    expect(stream.told.at(-1)).toMatchObject({
      type: 'removed',
      data: { reason: 'session_ended' },
    });
  });
});
