import { describe, expect, it } from 'vitest';
import type { Client } from '../../support/client.js';
import { poll, Stream } from '../../support/feed.js';
import type { List } from '../../support/shapes.js';
import { now, onDevice, useTrustingServer } from '../../support/trusting-server.js';

interface Session {
  readonly id: string;
  readonly kind: string;
  readonly current: boolean;
  readonly device: string;
  readonly expiresAt: string;
}

const trusted = useTrustingServer();

async function sessionsOf(client: Client): Promise<Session[]> {
  const { status, body } = await client.get<List<Session>>('/v1/me/sessions?limit=100');
  expect(status).toBe(200);
  return body.items;
}

describe('the sessions of a person', () => {
  it('the list has a session for each device and each sign-in, and marks the current one', async () => {
    const { client, subject } = await trusted.visit({ sid: 'first' });
    await client.get('/v1/me', onDevice('phone'));
    const second = await trusted.client({ sub: subject, sid: 'second' });
    await second.get('/v1/me', { 'user-agent': 'Television/1.0' });
    const sessions = await sessionsOf(client);
    expect(sessions).toHaveLength(3);
    expect(sessions.every(({ kind }) => kind === 'issuer')).toBe(true);
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    expect(sessions.map(({ device }) => device)).toContain('Television/1.0');
    const { body } = await trusted.server.admin.get<List<Session>>(
      `/v1/users/${(await client.get<{ id: string }>('/v1/me')).body.id}/sessions`,
    );
    expect(body.items.map(({ id }) => id)).toEqual(sessions.map(({ id }) => id));
  });

  it('a session ends with the newest of its tokens', async () => {
    const exp = now() + 200;
    const { client, subject } = await trusted.visit({ sid: 'first', exp });
    const endOf = async () => Date.parse((await sessionsOf(client))[0]?.expiresAt ?? '') / 1000;
    expect(await endOf()).toBe(exp + 30);
    const longer = await trusted.client({ sub: subject, sid: 'first', exp: exp + 500 });
    await longer.get('/v1/me');
    expect(await endOf()).toBe(exp + 530);
  });

  it('neither SESSION_TTL nor a newer token changes the id of a session', async () => {
    const { client, subject } = await trusted.visit({ sid: 'first' });
    const [before] = await sessionsOf(client);
    await trusted.server.database.query(
      `update sessions set created_at = created_at - interval '90 days' where id = $1`,
      [before?.id],
    );
    await trusted.server.database.query(
      `update users set sessions_valid_from = sessions_valid_from - interval '90 days'
        where external_id = $1`,
      [subject],
    );
    const newer = await trusted.client({ sub: subject, sid: 'first', iat: now() + 10 });
    expect((await sessionsOf(newer)).map(({ id }) => id)).toEqual([before?.id]);
  });

  it('the 21st session lets the longest unused session run out, and records nothing', async () => {
    const { client, subject, user } = await trusted.visit({ sid: 'first' });
    const [oldest] = await sessionsOf(client);
    for (let number = 2; number <= 21; number += 1)
      await (await trusted.client({ sub: subject, sid: `s${number}` })).get('/v1/me');
    const last = await trusted.client({ sub: subject, sid: 's21' });
    const sessions = await sessionsOf(last);
    expect(sessions).toHaveLength(20);
    expect(sessions.map(({ id }) => id)).not.toContain(oldest?.id);
    const [row] = await trusted.server.database.query<{ revoked_at: Date | null }>(
      'select revoked_at from sessions where id = $1',
      [oldest?.id],
    );
    expect(row?.revoked_at).toBeNull();
    const ended = `select count(*) from audit_entries where user_id = $1 and action like '%ended'`;
    expect(await trusted.count(ended, [user.id])).toBe(0);
    expect((await client.get('/v1/me')).status).toBe(200);
    expect(await sessionsOf(last)).toHaveLength(20);
  });

  it('the seat of a session that runs out by the limit ends', async () => {
    const { client, subject, user } = await trusted.visit({ sid: 'first' });
    const room = await trusted.server.createRoom();
    await trusted.server.join(client, room);
    const openMore = Array.from({ length: 20 }, async (_, number) =>
      (await trusted.client({ sub: subject, sid: `s${number}` })).get('/v1/me'),
    );
    expect((await Promise.all(openMore)).map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, () => 200),
    );
    const seats = () => trusted.count('select count(*) from seats where user_id = $1', [user.id]);
    await expect.poll(seats, { timeout: 5_000 }).toBe(0);
  });
});

describe("a feed of an issuer's token", () => {
  it('a stream and a long poll end at exp, and requests are accepted until 30 s later', async () => {
    const room = await trusted.server.createRoom();
    const exp = now() + 6;
    const { client } = await trusted.visit({ exp });
    const { lastEventId } = await trusted.server.join(client, room);
    const stream = await Stream.open(client, room);
    const polling = poll(client, room, lastEventId, 25);
    await stream.end(12_000);
    const streamEnd = Date.now() / 1000;
    const { status, body } = await polling;
    const pollEnd = Date.now() / 1000;
    expect(status).toBe(200);
    expect(body.items).toEqual([]);
    for (const end of [streamEnd, pollEnd]) {
      expect(end).toBeGreaterThanOrEqual(exp - 1);
      expect(end).toBeLessThan(exp + 10);
    }
    expect(stream.types).not.toContain('removed');
    expect((await client.get('/v1/me')).status).toBe(200);
  });

  it('no feed begins between exp and the end of the leeway', async () => {
    const room = await trusted.server.createRoom();
    const { client } = await trusted.visit({ iat: now() - 100, exp: now() - 5 });
    const { lastEventId } = await trusted.server.join(client, room);
    const answer = await poll(client, room, lastEventId);
    expect(answer).toBeProblem(401, 'unauthenticated');
    expect(answer.body).toMatchObject({ reason: 'expired' });
    await expect(Stream.open(client, room)).rejects.toThrow('expired');
  });

  it('a feed ends when its session is ended', async () => {
    const room = await trusted.server.createRoom();
    const { client, user } = await trusted.visit();
    await trusted.server.join(client, room);
    const stream = await Stream.open(client, room);
    await trusted.server.admin.delete(`/v1/users/${user.id}/sessions`);
    await stream.end();
    expect(stream.isOver).toBe(true);
  });
});

describe('a fresh sign-in', () => {
  const remove = async (claims: Record<string, unknown>, firstSeenAgo = 0) => {
    const { client, user } = await trusted.visit(claims);
    await trusted.server.database.query(
      `update users set first_seen_at = first_seen_at - make_interval(secs => $2) where id = $1`,
      [user.id, firstSeenAgo],
    );
    return client.delete('/v1/me');
  };

  it('auth_time decides, and not the age of the session', async () => {
    const old = await remove({ auth_time: now() - 660 });
    expect(old).toBeProblem(403, 'fresh_sign_in_required');
    expect((await remove({ auth_time: now() - 540 }, 100_000)).status).toBe(204);
  });

  it('without auth_time, the first sight of the person decides', async () => {
    expect(await remove({}, 660)).toBeProblem(403, 'fresh_sign_in_required');
    expect((await remove({}, 500)).status).toBe(204);
  });

  it('a new session without auth_time is no fresh sign-in', async () => {
    const { subject, user } = await trusted.visit({ sid: 'first' });
    await trusted.server.database.query(
      `update users set first_seen_at = first_seen_at - interval '1 hour' where id = $1`,
      [user.id],
    );
    const second = await trusted.client({ sub: subject, sid: 'second' });
    expect(await second.delete('/v1/me')).toBeProblem(403, 'fresh_sign_in_required');
  });
});
