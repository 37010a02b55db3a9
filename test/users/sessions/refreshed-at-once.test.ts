import { beforeAll, describe, expect, it } from 'vitest';
import { RefreshService } from '../../../src/users/sessions/refresh.service.js';
import { useApp } from '../../support/app.js';
import type { SignedIn } from '../../support/shapes.js';
import { outrunLock, refuseRows, sizesOf } from '../../support/shared-statements.js';

const origin = { address: '127.0.0.1', device: 'test', requestId: 'test' };

const server = useApp();

beforeAll(async () => {
  await refuseRows(server, 'sessions', "new.device = 'unlucky'");
});
const refresh = (refreshToken: string) =>
  server.app.get(RefreshService).refresh(refreshToken, origin);

async function signInAll(size: number): Promise<SignedIn[]> {
  const clients = await Promise.all(
    Array.from({ length: size }, (_, place) => server.signUp(`Fan ${place}`)),
  );
  return clients.map(({ signedIn }) => signedIn as SignedIn);
}

describe('refresh tokens that are used at the same time', () => {
  const rotationsIn = ([ids]: readonly unknown[]) => (ids as unknown[]).length;

  it('simultaneous refreshes are one statement, and each client gets its own successor', async () => {
    const people = await signInAll(10);
    const sizes = await sizesOf('sessions.rotate', rotationsIn, async () => {
      const next = await Promise.all(people.map(({ refreshToken }) => refresh(refreshToken)));
      expect(next.map(({ user }) => user.id)).toEqual(people.map(({ user }) => user.id));
      const after = await Promise.all(next.map(({ refreshToken }) => refresh(refreshToken)));
      expect(after.map(({ user }) => user.id)).toEqual(people.map(({ user }) => user.id));
    });
    expect(sizes).toEqual([10, 10]);
  });

  it('simultaneous refreshes with the same token give one successor', async () => {
    const people = await signInAll(3);
    const tokens = people.flatMap(({ refreshToken }) => Array<string>(5).fill(refreshToken));
    const next = await Promise.all(tokens.map((token) => refresh(token)));
    expect(new Set(next.map(({ refreshToken }) => refreshToken)).size).toBe(3);
  });

  it('other tokens are exchanged if one of them fails', async () => {
    const people = await signInAll(5);
    await server.database.query(
      `alter table sessions disable trigger refuse;
       update sessions set device = 'unlucky' where user_id = '${people[2]?.user.id}';
       alter table sessions enable trigger refuse`,
    );
    const results = await Promise.allSettled(
      people.map(({ refreshToken }) => refresh(refreshToken)),
    );
    expect(results.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([2]);
  });

  it('a refresh does not wait for another session that is locked', async () => {
    const [held, ...people] = await signInAll(5);
    const [row] = await server.database.query<{ id: string }>(
      'select id from sessions where user_id = $1',
      [held?.user.id],
    );
    const order = await outrunLock(server, row?.id ?? '', () => {
      refresh(held?.refreshToken ?? '').catch(() => undefined);
      return Promise.all(people.map(({ refreshToken }) => refresh(refreshToken)));
    });
    expect(order).toEqual(['others', 'lock timeout']);
  });
});
