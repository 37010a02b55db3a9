import type { Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AlarmsService } from '../../../src/platform/audit/alarms.service.js';
import { ApiKeysRepository } from '../../../src/users/api-keys/api-keys.repository.js';
import { ApiKeysTasks } from '../../../src/users/api-keys/api-keys.tasks.js';
import { createKey, KEYS, rotate, type TestKey } from '../../support/api-keys.js';
import { useApp } from '../../support/app.js';
import type { List } from '../../support/shapes.js';

const server = useApp();

/** Lets a key expire so many days from now, by the clock of the database. */
async function expireIn(days: number, { id }: TestKey): Promise<void> {
  await server.database.query(
    `update api_keys set expires_at = clock_timestamp() + make_interval(hours => 24 * $2)
      where id = $1`,
    [id, days],
  );
}

/** The alarms about a key, after all replicas have looked. */
async function alarmsOf({ id }: TestKey): Promise<object[]> {
  // Another replica begins without the memory of this server.
  const other = new ApiKeysTasks(get(ApiKeysRepository), get(AlarmsService));
  await Promise.all([get(ApiKeysTasks).warn(), other.warn()]);
  const path = `/v1/audit?action=alarm.api_key_expiring&userId=${id}`;
  return (await server.admin.get<List<object>>(path)).body.items;
}

const get = <Provider>(type: Type<Provider>) => server.app.get(type, { strict: false });

describe('the alarm about an API key that expires', () => {
  it('a key raises one alarm 14 days before it expires, and one for each new end', async () => {
    const key = await createKey(server);
    expect(await alarmsOf(key)).toEqual([]);
    await expireIn(15, key);
    expect(await alarmsOf(key)).toEqual([]);
    await expireIn(13, key);
    expect(await alarmsOf(key)).toEqual([
      expect.objectContaining({ userId: key.id, roomId: null, actorId: null }),
    ]);
    expect(await alarmsOf(key)).toHaveLength(1);
    await expireIn(12, key);
    expect(await alarmsOf(key)).toHaveLength(2);
    const never = await server.admin.patch(`${KEYS}/${key.id}`, { expiresAt: null });
    expect(never.status).toBe(200);
    expect(await alarmsOf(key)).toHaveLength(2);
  });

  it('an expired key and the end of a rotated secret raise no alarm', async () => {
    const [expired, rotated] = [await createKey(server), await createKey(server)];
    await expireIn(-1, expired);
    await rotate(server, rotated.id, 60);
    expect(await alarmsOf(expired)).toEqual([]);
    expect(await alarmsOf(rotated)).toEqual([]);
  });

  it('an expired key stays listed without a secret that works, until it is deleted', async () => {
    const key = await createKey(server);
    await expireIn(-100, key);
    const { body } = await server.admin.get(`${KEYS}/${key.id}`);
    expect(body).toMatchObject({ id: key.id, secrets: [] });
    expect((await server.admin.delete(`${KEYS}/${key.id}`)).status).toBe(204);
  });
});
