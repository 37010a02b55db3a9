import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import '../../support/expect-problem.js';
import type { List, ProblemBody, Room } from '../../support/shapes.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster(3);
});
afterAll(() => cluster.stop());

describe('one request, sent a hundred times at once over three replicas', () => {
  it('a request sent many times at once creates exactly one room, and repetitions return it', async () => {
    const headers = { 'idempotency-key': 'the cup final' };
    const body = { name: 'Cup final', access: 'users' };
    const create = (index: number) => {
      const { url } = cluster.replicas[index % 3] ?? expect.unreachable();
      const client = new Client(url, cluster.admin.signedIn);
      return client.post<Room & ProblemBody>('/v1/rooms', body, headers);
    };
    const insist = async (index: number): Promise<Room> => {
      for (;;) {
        const answer = await create(index);
        if (answer.status === 201) return answer.body;
        expect(answer).toBeProblem(409, 'idempotency_in_flight');
        await sleep(50);
      }
    };
    const rooms = await Promise.all(Array.from({ length: 100 }, (_, index) => insist(index)));
    expect(new Set(rooms.map((room) => JSON.stringify(room))).size).toBe(1);
    const { body: list } = await cluster.admin.get<List<Room>>('/v1/rooms?search=Cup');
    expect(list.items.map(({ id }) => id)).toEqual([rooms[0]?.id]);
  });
});
