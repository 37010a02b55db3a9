import { describe, expect, it } from 'vitest';
import { IdempotencyService } from '../../../src/platform/idempotency/idempotency.service.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, Room, User } from '../../support/shapes.js';

const server = useApp();
const account = (email: string) => ({ email, password: 'quite a secret', displayName: 'Ann' });

const createRoom = (key: string, body: Record<string, unknown>, by: Client = server.admin) =>
  by.post<Room>('/v1/rooms', body, { 'idempotency-key': key });

async function marksOf(client: Client): Promise<{ userId: string; count: number }> {
  const userId = client.signedIn?.user.id ?? '';
  const [row] = await server.database.query<{ count: number }>(
    'select count(*)::int as count from idempotency_marks where user_id = $1',
    [userId],
  );
  return { userId, count: row?.count ?? 0 };
}

describe('idempotency keys', () => {
  it.each(['', 'x'.repeat(256), 'tab\there', 'naïve'])(
    'an Idempotency-Key cannot be %j',
    async (key) => {
      const problem = expectProblem(
        await createRoom(key, { name: 'Odd key' }),
        400,
        'invalid_request',
      );
      expect(placesOf(problem)).toEqual(['Idempotency-Key']);
      const { body } = await server.admin.get<List<Room>>('/v1/rooms?search=Odd');
      expect(body.items).toEqual([]);
    },
  );

  it.each(['x'.repeat(255), '"quoted"', '~!@#$%^&*() {}'])(
    'an Idempotency-Key can be %j',
    async (key) => {
      const made = await createRoom(key, { name: 'Good key' });
      expect(made.status).toBe(201);
      expect((await createRoom(key, { name: 'Good key' })).body.id).toBe(made.body.id);
    },
  );

  it('the key and the body are stored as hashes, and the answer is encrypted', async () => {
    const key = 'a key with an address in it';
    const body = account('stored@example.org');
    const made = await server.admin.post<User>('/v1/users', body, { 'idempotency-key': key });
    const rows = await server.database.query('select * from idempotency_marks');
    const values = rows.flatMap((row) => Object.values(row) as unknown[]);
    const all = values.map((each) =>
      Buffer.isBuffer(each) ? each.toString('latin1') : String(each),
    );
    for (const text of [key, body.email, body.password, made.body.id])
      expect(all.filter((each) => each.includes(text))).toEqual([]);
    const sizes = 'select distinct octet_length(request_hash) as size from idempotency_marks';
    expect(await server.database.query(sizes)).toEqual([{ size: 32 }]);
  });

  it('the keys of a deleted caller are deleted', async () => {
    const other = await server.signUp();
    const { userId } = await marksOf(other);
    await server.admin.patch(`/v1/users/${userId}`, { role: 'admin' });
    await createRoom('his', { name: 'Last' }, other);
    expect((await marksOf(other)).count).toBe(1);
    expect((await server.admin.delete(`/v1/users/${userId}`)).status).toBe(204);
    expect((await marksOf(other)).count).toBe(0);
  });

  it('expired keys are deleted, however many there are', async () => {
    const { userId } = await marksOf(server.admin);
    await server.database.query(
      "update idempotency_marks set claimed_at = claimed_at - interval '24 hours'",
    );
    await createRoom('recent', { name: 'Recent' });
    await server.database.query(
      `insert into idempotency_marks (user_id, mark, claim_id, request_hash, claimed_at)
       select $1, decode(md5(n::text), 'hex'), gen_random_uuid(), '', '2020-01-01'
         from generate_series(1, 2500) n`,
      [userId],
    );
    await server.app.get(IdempotencyService, { strict: false }).sweep();
    expect((await marksOf(server.admin)).count).toBe(1);
  });
});
