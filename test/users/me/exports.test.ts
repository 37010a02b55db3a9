import { request } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { Database } from '../../../src/platform/database/database.js';
import { idOf, signInAgain } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { invite } from '../../support/invites.js';

interface Export {
  readonly records: Readonly<Record<string, Record<string, unknown>[]>>;
  readonly shortened: string[];
}

const server = useApp();
const ask = (client: Client) => client.get<Export>('/v1/me/export');

const addEntries = (client: Client, count: number) =>
  server.database.query(
    `insert into audit_entries (id, at, action, actor_id, user_id, details)
     select gen_random_uuid(), clock_timestamp() - make_interval(secs => n / 3), 'room.changed',
            $1, case n % 2 when 0 then $1::uuid end, jsonb_build_object('n', n)
       from generate_series(1, $2::int) n`,
    [idOf(client), count],
  );

/** Delays the reading of the audit trail, which keeps an export under way. */
async function whileHeld<Result>(work: (fail: () => void) => Promise<Result>): Promise<Result> {
  const database = server.app.get(Database, { strict: false });
  const query = database.query.bind(database);
  let end: (fails: boolean) => void = () => undefined;
  const held = new Promise<boolean>((resolve) => (end = resolve));
  const spy = vi.spyOn(database, 'query').mockImplementation(async (statement, values) => {
    if (statement.name === 'personal-data.audit' && (await held)) throw new Error('it is gone');
    return query(statement, values);
  });
  try {
    return await work(() => end(true));
  } finally {
    end(false);
    spy.mockRestore();
  }
}

/** Begins an export and leaves its answer unread; `go` disconnects the client. */
function begin(client: Client): { readonly begun: Promise<void>; readonly go: () => void } {
  const headers = { authorization: `Bearer ${client.signedIn?.accessToken}` };
  const asked = request(`${server.url}/v1/me/export`, { headers });
  asked.on('error', () => undefined);
  const begun = new Promise<void>((resolve) => asked.on('response', () => resolve()));
  asked.end();
  return { begun, go: () => asked.destroy() };
}

describe('the export of a user’s own data', () => {
  it('an export has a part for every table with personal data', async () => {
    const { body } = await ask(await server.signUp());
    expect(new Set(Object.keys(body.records))).toEqual(
      new Set([
        'idempotencyKeys',
        'tokensReceived',
        'bans',
        'memberships',
        'accessCodes',
        'sessions',
        'seats',
        'auditEntries',
        'reports',
      ]),
    );
  });

  it('an export of many pages has every record once, the newest first', async () => {
    const ann = await server.signUp();
    await addEntries(ann, 1_750);
    const { status, body, headers } = await ask(ann);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const entries = body.records['auditEntries'] ?? [];
    const numbers = entries.flatMap(({ details }) => (details as { n?: number }).n ?? []);
    expect(new Set(numbers).size).toBe(1_750);
    expect(numbers).toHaveLength(1_750);
    const times = entries.map(({ at }) => String(at));
    expect(times).toEqual(times.toSorted().toReversed());
    expect(body.shortened).toEqual([]);
  });

  it('an export names no other user, neither as actor nor as target', async () => {
    const [ann, ben] = [await server.signUp('Annabel'), await server.signUp('Benedict')];
    const room = await server.createRoom();
    const path = `/v1/rooms/${room.id}`;
    await server.admin.put(`${path}/members/${idOf(ann)}`, { role: 'host' });
    await ann.put(`${path}/bans/${idOf(ben)}`, { reason: 'too loud' });
    await server.join(ann, room);
    await server.admin.delete(`${path}/participants/${idOf(ann)}?rekey=true`);
    const invited = await server.createRoom({ access: 'members' });
    const members = `/v1/rooms/${invited.id}/members`;
    await server.admin.put(`${members}/${idOf(ann)}`, { role: 'host' });
    const code = { inviteCode: (await invite({ admin: ann }, invited)).code };
    await server.join(ben, invited, code);
    await ann.put(`${members}/${idOf(ben)}`, { role: 'viewer' });
    await ann.delete(`${members}/${idOf(ben)}`);
    for (const role of ['admin', 'user'])
      await server.admin.patch(`/v1/users/${idOf(ann)}`, { role });
    await server.admin.put(`${path}/bans/${idOf(ann)}`, { reason: 'too loud herself' });
    await server.admin.delete(`/v1/users/${idOf(ben)}/sessions`);
    const benAgain = await signInAgain(server, ben);
    for (const [client, other] of [
      [ann, ben],
      [benAgain, ann],
    ] as const) {
      const { body } = await ask(client);
      const text = JSON.stringify(body);
      expect(text).toContain(idOf(client));
      for (const foreign of [other, server.admin]) {
        const { id, email, displayName } = foreign.signedIn?.user ?? {};
        for (const name of [id, email, displayName]) expect(text).not.toContain(name);
      }
      const people = (body.records['auditEntries'] ?? []).flatMap(({ actorId, userId }) => [
        actorId,
        userId,
      ]);
      expect(new Set(people)).toEqual(new Set([idOf(client), null]));
    }
  });

  it('a user can run one export at a time', async () => {
    const [ann, ben] = [await server.signUp(), await server.signUp()];
    await whileHeld(async () => {
      const first = begin(ann);
      await first.begun;
      const answer = await ask(ann);
      const { detail, retryAfter } = expectProblem(answer, 429, 'rate_limited');
      expect(detail).toMatch(/wait until it has ended/);
      expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
      const other = begin(ben);
      await other.begun;
      first.go();
      other.go();
    });
    await expect.poll(async () => (await ask(ann)).status).toBe(200);
  });

  it('an export stops when its client disconnects', async () => {
    const ann = await server.signUp();
    await addEntries(ann, 3_000);
    const database = server.app.get(Database, { strict: false });
    const query = vi.spyOn(database, 'query');
    const { begun, go } = begin(ann);
    await begun;
    go();
    await expect.poll(async () => (await ask(await server.signUp())).status).toBe(200);
    const later = await ask(ann);
    const pages = query.mock.calls.filter(([statement, [ownerId]]) => {
      return statement.name === 'personal-data.audit' && ownerId === idOf(ann);
    }).length;
    query.mockRestore();
    // The second export alone reads seven pages.
    expect(later.status).toBe(200);
    expect(pages).toBeLessThan(14);
  });

  it('an export that fails in the middle never looks complete, and does not count against the limit', async () => {
    const ann = await server.signUp();
    for (let turn = 0; turn < 6; turn += 1)
      await whileHeld(async (fail) => {
        const answer = ask(ann);
        fail();
        await expect(answer).rejects.toThrow('terminated');
      });
    expect((await ask(ann)).status).toBe(200);
  });

  it('a user can run five exports in a row, and then one in about five hours', async () => {
    const ann = await server.signUp();
    for (let turn = 0; turn < 5; turn += 1) expect((await ask(ann)).status).toBe(200);
    const { retryAfter } = expectProblem(await ask(ann), 429, 'rate_limited');
    expect(retryAfter).toBeGreaterThan(17_000);
    expect(retryAfter).toBeLessThanOrEqual(17_280);
    await server.database.query(
      `update rate_limits set spent_until = spent_until - interval '17280 s'
        where key like 'export|%'`,
    );
    expect((await ask(ann)).status).toBe(200);
    expect(await ask(ann)).toBeProblem(429, 'rate_limited');
  });
});
