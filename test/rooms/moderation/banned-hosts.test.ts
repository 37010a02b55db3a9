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
    ['cannot create an invite', () => host.post(`${path}/invites`, { role: 'participant' })],
    ['cannot list the invites', () => host.get(`${path}/invites`)],
    ['cannot add a member', () => host.put(`${path}/members/${idOf(ann)}`, { role: 'host' })],
    ['cannot ban a user', () => host.put(`${path}/bans/${idOf(ann)}`, {})],
    ['cannot lift a ban', () => host.delete(`${path}/bans/${idOf(host)}`)],
    ['cannot kick a participant', () => host.delete(`${path}/participants/${idOf(ann)}`)],
    ['cannot re-key the room', () => host.post(`${path}/rekey`, { reason: 'revenge' })],
    ['cannot close the room', () => host.patch(path, { status: 'closed' })],
  ])('%s', async (_, attempt) => {
    expect(await attempt()).toBeProblem(403, 'forbidden');
  });

  it('cannot list the participants', async () => {
    expect(await host.get(`${path}/participants`)).toBeProblem(403, 'banned');
  });

  it('can run the room again after the ban is lifted', async () => {
    await server.admin.delete(`${path}/bans/${idOf(host)}`);
    const { status } = await host.post(`${path}/invites`, { role: 'participant' });
    expect(status).toBe(201);
  });
});
