import { describe, expect, it } from 'vitest';
import { Database } from '../../../src/platform/database/database.js';
import { RoomTokensRepository } from '../../../src/tokens/protocol/room-tokens.repository.js';
import { TokensService } from '../../../src/tokens/tokens.service.js';
import { useApp } from '../../support/app.js';
import type { SignedIn } from '../../support/shapes.js';

const server = useApp();
describe('a user who is deleted', () => {
  it('is admitted or refused during a join, and the server never fails', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round += 1) {
      const [room, fan] = [await server.createRoom(), await server.signUp()];
      const path = `/v1/rooms/${room.id}/join`;
      const joins = Array.from({ length: 5 }, () => fan.post(path));
      const deleted = server.admin.delete(`/v1/users/${fan.signedIn?.user.id}`);
      for (const { status } of await Promise.all(joins)) statuses.add(status);
      expect((await deleted).status).toBe(204);
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 401)).toEqual([]);
  });

  it('is signed in or refused during a sign-in', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 8; round += 1) {
      const fan = await server.signUp();
      const { id, email } = fan.signedIn?.user ?? {};
      const password = 'a password for tests';
      const logins = Array.from({ length: 4 }, () =>
        server.anyone.post<SignedIn>('/v1/auth/login', { email, password }),
      );
      const deleted = server.admin.delete(`/v1/users/${id}`);
      for (const { status } of await Promise.all(logins)) statuses.add(status);
      expect((await deleted).status).toBe(204);
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 401)).toEqual([]);
  });
});

describe('a room that is deleted', () => {
  it('gives no lease to a replica that waited for its row during the deletion', async () => {
    const { id } = await server.createRoom();
    const find = { strict: false } as const;
    const store = server.app.get(RoomTokensRepository, find);
    const tokens = server.app.get(TokensService, find);
    let acquired: Promise<unknown> = Promise.resolve('not asked');
    await server.app.get(Database, find).transaction(async (transaction) => {
      await transaction.query('update rooms set deleted_at = clock_timestamp() where id = $1', [
        id,
      ]);
      await tokens.discard(transaction, id);
      acquired = store.acquire(id);
      const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
                        and datname = current_database() and query ilike '%room_tokens%'`;
      await expect.poll(() => server.database.query(waits)).toHaveLength(1);
    });
    expect(await acquired).toBeUndefined();
  });
});
