import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';

let host: Client;
let ann: Client;
let path: string;

const server = useApp();

beforeAll(async () => {
  [host, ann] = await Promise.all([server.signUp('Host'), server.signUp('Ann')]);
  const room = await server.createRoom({ access: 'members' });
  path = `/v1/rooms/${room.id}`;
  await server.admin.put(`${path}/members/${idOf(host)}`, { role: 'host' });
  await server.admin.put(`${path}/members/${idOf(ann)}`, { role: 'participant' });
  await server.join(ann, room);
  await server.admin.put(`${path}/bans/${idOf(host)}`, {});
});
describe('a host who is banned', () => {
  it.each([
    ['invites nobody', () => host.post(`${path}/invites`, { role: 'participant' })],
    ['sees no invites', () => host.get(`${path}/invites`)],
    ['makes nobody a member', () => host.put(`${path}/members/${idOf(ann)}`, { role: 'host' })],
    ['bans nobody', () => host.put(`${path}/bans/${idOf(ann)}`, {})],
    ['lifts no ban', () => host.delete(`${path}/bans/${idOf(host)}`)],
    ['kicks nobody', () => host.delete(`${path}/participants/${idOf(ann)}`)],
    ['moves nobody', () => host.post(`${path}/rekey`, { reason: 'revenge' })],
    ['closes no room', () => host.patch(path, { status: 'closed' })],
  ])('%s', async (_, attempt) => {
    expect(await attempt()).toBeProblem(403, 'forbidden');
  });

  it('does not see who is inside', async () => {
    expect(await host.get(`${path}/participants`)).toBeProblem(403, 'banned');
  });

  it('runs the room again when the ban is lifted', async () => {
    await server.admin.delete(`${path}/bans/${idOf(host)}`);
    const { status } = await host.post(`${path}/invites`, { role: 'participant' });
    expect(status).toBe(201);
  });
});
