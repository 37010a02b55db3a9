import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import type { Room } from '../../support/shapes.js';

const MOST = 10_000;

const server = useApp();
const make = (key?: string) =>
  server.admin.post<Room>(
    '/v1/rooms',
    { name: 'Cup final' },
    key === undefined ? {} : { 'idempotency-key': key },
  );

const count = async () =>
  (
    await server.database.query<{ count: number }>(
      'select count(*)::int as count from idempotency_marks',
    )
  )[0]?.count;

describe('a user with the maximum number of idempotency keys', () => {
  it('a request with a further key is refused until the oldest key expires', async () => {
    const kept = await make('kept');
    await server.database.query(
      `insert into idempotency_marks (user_id, mark, claim_id, request_hash, claimed_at)
       select $1, int4send(number), gen_random_uuid(), '\\x00',
              clock_timestamp() - interval '23 hours' - number * interval '1 millisecond'
         from generate_series(2, $2::int - 1) number`,
      [server.admin.signedIn?.user.id, MOST],
    );
    expect((await make('last')).status).toBe(201);
    const refused = await make('one more');
    expect(refused).toBeProblem(429, 'rate_limited');
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(3_000);
    expect(retryAfter).toBeLessThanOrEqual(3_600);
    expect(await count()).toBe(MOST);
    expect((await make('kept')).body.id).toBe(kept.body.id);
    expect((await make()).status).toBe(201);
    await server.database.query('delete from idempotency_marks where mark = int4send(2)');
    expect((await make('one more')).status).toBe(201);
  });
});
