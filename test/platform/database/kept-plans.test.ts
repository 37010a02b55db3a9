import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { SignedIn } from '../../support/shapes.js';

// The server has one connection, and all plans of that connection are counted.
const server = useApp({ DATABASE_POOL_SIZE: '1', RATE_LIMITS: 'off' });

/** Postgres always plans the first five executions of a statement anew. */
const TURNS = 20;

/** Statements that all of these requests need. */
const NAMES = ['join.read-by-id', 'feed.read-by-slug', 'sessions.find-live', 'sessions.rotate'];

interface Plans {
  readonly name: string;
  readonly kept: number;
  readonly anew: number;
}

describe('statements that serve one request at a time', () => {
  it('a statement is executed with a cached plan', async () => {
    const room = await server.createRoom({ slug: 'final' });
    const ann = await server.signUp();
    await server.join(ann, room);
    let { refreshToken } = ann.signedIn as SignedIn;
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const name of [room.id, 'final']) {
        expect((await ann.post(`/v1/rooms/${name}/join`, {})).status).toBe(200);
        expect((await ann.get(`/v1/rooms/${name}/events?after=0&wait=0`)).status).toBe(200);
      }
      const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
      ({ refreshToken } = refreshed.body);
    }
    const plans = await server.app.get(DataSource).query<Plans[]>(
      `select name, generic_plans::int as kept, custom_plans::int as anew
         from pg_prepared_statements where generic_plans + custom_plans >= ${TURNS}`,
    );
    expect(plans.map(({ name }) => name)).toEqual(expect.arrayContaining(NAMES));
    expect(plans.filter(({ anew }) => anew > 5)).toEqual([]);
  });
});
