import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { Network } from '../../support/network.js';
import type { JoinGrant, SignedIn } from '../../support/shapes.js';

interface Session {
  readonly signedIn: SignedIn;
}
type OnEvent = (type: string, data: Record<string, unknown>) => void;
type Follow = (
  session: Session,
  room: string,
  grant: { readonly lastEventId: string },
  onEvent: OnEvent,
) => Promise<unknown>;

interface ConnectedApp {
  readonly connect: (grant: JoinGrant) => void;
  readonly refused: (problem: { readonly code: string }) => object | undefined;
  readonly onEvent: OnEvent;
}

interface Examples {
  readonly Session: new (signedIn: SignedIn, keep?: (next: SignedIn) => void) => Session;
  readonly signIn: (
    email: string,
    password: string,
    keep?: (next: SignedIn) => void,
  ) => Promise<Session>;
  readonly follow: Follow;
  readonly followByPoll: Follow;
  readonly stayIn: (
    session: Session,
    room: string,
    app: ConnectedApp,
    form: Follow,
  ) => Promise<unknown>;
  readonly leave: (session: Session, room: string) => Promise<void>;
}

const TTL = 2;
const document = readFileSync(join(import.meta.dirname, '../../../docs/feed.md'), 'utf8');
const code = [...document.matchAll(/```js\n(.*?)```/gs)].map(([, block]) => block).join('\n');
const patient = { timeout: 30_000, interval: 20 };
const LONG = 120_000;
const server = useApp({ ACCESS_TOKEN_TTL: String(TTL), RATE_LIMITS: 'off' });
/** Runs the code of the document with a network that can fail and a clock that runs faster. */
function examplesOver(network: Network): Examples {
  const globals = {
    fetch: network.fetch,
    setTimeout: network.setTimeout,
    clearTimeout,
    AbortSignal: { timeout: (milliseconds: number) => network.timeout(milliseconds) },
  };
  const here = code.replace('https://auth.example.org', server.url);
  const source = `${here}\nreturn { Session, signIn, follow, followByPoll, stayIn, leave };`;
  const make = compileFunction(source, Object.keys(globals)) as (...given: unknown[]) => Examples;
  return make(...Object.values(globals));
}

const signedInOf = ({ signedIn }: Client) => signedIn as SignedIn;
const kick = (room: { id: string }, { signedIn }: Client) =>
  admin((client) => client.delete(`/v1/rooms/${room.id}/participants/${signedIn?.user.id}`));

/** Signs the admin in for each action, because their access token expires after `TTL` seconds too. */
async function admin<Result>(act: (client: Client) => Promise<Result>): Promise<Result> {
  const { body } = await server.anyone.post<SignedIn>('/v1/auth/login', {
    email: 'admin@example.org',
    password: 'an admin for the tests',
  });
  return act(server.anyone.as(body));
}

async function makeRoom(): Promise<{ id: string }> {
  return admin(async (client) => {
    const wish = { name: 'Watch party', access: 'users' };
    return (await client.post<{ id: string }>('/v1/rooms', wish)).body;
  });
}

const rename = (room: { id: string }, name: string) =>
  admin((client) => client.patch(`/v1/rooms/${room.id}`, { name }));

describe.each(['follow', 'followByPoll'] as const)('the example %s of docs/feed.md', (name) => {
  async function begin(lastEventId?: string) {
    const room = await makeRoom();
    const fan = await server.signUp('Fan');
    const grant = await server.join(fan, room);
    const network = new Network();
    const examples = examplesOver(network);
    const received: string[] = [];
    const from = { lastEventId: lastEventId ?? grant.lastEventId };
    const session = new examples.Session(signedInOf(fan));
    const ended = examples[name](session, room.id, from, (type) => received.push(type));
    const updates = () => received.filter((type) => type === 'room.updated').length;
    return { room, fan, network, examples, received, ended, updates, session };
  }

  it(
    'reports every event once, through every kind of failed request, until the user is kicked',
    async () => {
      const { room, fan, network, received, ended, updates } = await begin();
      await rename(room, 'Number 0');
      await expect.poll(updates, patient).toBe(1);
      const kinds = ['cut', 'no network', 'silent', '503', '429', 'no JSON'] as const;
      for (const [index, kind] of kinds.entries()) {
        network.suffer(kind);
        await rename(room, `Number ${index + 1}`);
        await expect.poll(updates, patient).toBe(index + 2);
      }
      await kick(room, fan);
      expect(await ended).toMatchObject({ status: 409, code: 'not_in_room' });
      expect(received).toContain('state');
      expect(updates()).toBe(kinds.length + 1);
      expect(received.filter((type) => type === 'removed')).toHaveLength(1);
    },
    LONG,
  );

  it(
    'continues with new access tokens when the old tokens expire',
    async () => {
      const { room, fan, network, updates, ended, session } = await begin();
      const tokens = new Set([session.signedIn.accessToken]);
      for (let number = 1; tokens.size < 4; number += 1) {
        // Only the next request notices that the access token has expired.
        network.suffer('cut');
        await rename(room, `Number ${number}`);
        await expect.poll(updates, patient).toBe(number);
        tokens.add(session.signedIn.accessToken);
      }
      await kick(room, fan);
      expect(await ended).toMatchObject({ code: 'not_in_room' });
    },
    LONG,
  );

  it(
    'waits as many seconds as Retry-After says',
    async () => {
      const { room, network, updates } = await begin();
      network.suffer('429');
      await rename(room, 'Once');
      await expect.poll(updates, patient).toBe(1);
      const asked = network.pauses.filter((each) => each >= 7_000 && each < 10_000);
      expect(asked.length).toBeGreaterThan(0);
      network.close();
    },
    LONG,
  );

  it(
    'reports a reset when events are missing, and ends when the sign-in ends',
    async () => {
      const { received, ended, session } = await begin('999999');
      await expect.poll(() => received, patient).toContain('reset');
      await expect.poll(() => received, patient).toContain('state');
      await server.database.query('update sessions set revoked_at = now() where user_id = $1', [
        session.signedIn.user.id,
      ]);
      expect(await ended).toMatchObject({ code: 'unauthenticated' });
    },
    LONG,
  );

  /** Enters a room as an app does, and records the calls that the app receives. */
  async function enter(answer?: object) {
    const room = await makeRoom();
    const fan = await server.signUp('Fan');
    const email = fan.signedIn?.user.email ?? '';
    const examples = examplesOver(new Network());
    const kept: SignedIn[] = [];
    const session = await examples.signIn(email, 'a password for tests', (next) => kept.push(next));
    expect(kept).toEqual([session.signedIn]);
    const grants: JoinGrant[] = [];
    const refusals: string[] = [];
    const removals: unknown[] = [];
    const app: ConnectedApp = {
      connect: (grant) => grants.push(grant),
      refused: ({ code: reason }) => {
        refusals.push(reason);
        return answer;
      },
      onEvent: (type, { reason }) => {
        if (type === 'removed') removals.push(reason);
      },
    };
    const ended = examples.stayIn(session, room.id, app, examples[name]);
    await expect.poll(() => grants.length, patient).toBe(1);
    return { room, fan, examples, session, grants, refusals, removals, ended };
  }

  const rekey = (room: { id: string }) =>
    admin((client) => client.post(`/v1/rooms/${room.id}/rekey`, { reason: 'a test' }));

  it(
    'lets the example stayIn connect an app with each new token, until the app leaves',
    async () => {
      const { room, examples, session, grants, refusals, ended } = await enter();
      await rekey(room);
      await expect.poll(() => grants.at(-1)?.generation, patient).toBe(2);
      expect(grants[1]?.token).not.toBe(grants[0]?.token);
      await examples.leave(session, room.id);
      expect(await ended).toMatchObject({ code: 'not_in_room' });
      expect(refusals).toEqual([]);
      // The seat has ended already, which is no error.
      await examples.leave(session, room.id);
    },
    LONG,
  );

  it(
    'lets the example stayIn ask for an access code that was set after the join',
    async () => {
      const accessCode = 'a new code';
      const { room, fan, grants, refusals, ended } = await enter({ accessCode });
      await admin((client) => client.patch(`/v1/rooms/${room.id}`, { accessCode }));
      await rekey(room);
      await expect.poll(() => grants.at(-1)?.generation, patient).toBe(2);
      expect(refusals).toEqual(['access_code_required']);
      await kick(room, fan);
      expect(await ended).toMatchObject({ code: 'not_in_room' });
    },
    LONG,
  );

  it(
    'lets the example stayIn report the refusal of a join and a removal to the app, and keep the feed',
    async () => {
      const { room, fan, grants, refusals, removals, ended } = await enter();
      await admin((client) => client.patch(`/v1/rooms/${room.id}`, { accessCode: 'a new code' }));
      await rekey(room);
      await expect.poll(() => refusals, patient).toContain('access_code_required');
      expect(grants).toHaveLength(1);
      await kick(room, fan);
      expect(await ended).toMatchObject({ code: 'not_in_room' });
      expect(removals).toEqual(['kicked']);
    },
    LONG,
  );
});
