import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { SandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import type { Client } from './client.js';
import type { TestDatabase } from './database.js';
import type { Room } from './shapes.js';
import { during, type Traffic, whileGone } from './traffic.js';

/** Who has which secret, and where they are used wrongly. */
export interface Scene {
  readonly traffic: Traffic;
  readonly database: TestDatabase;
  readonly cas: SandboxCas;
  readonly admin: Client;
  readonly person: Client;
  /** Signed in, but never let into the room. */
  readonly stranger: Client;
  readonly room: Room;
  readonly email: string;
  readonly password: string;
  readonly accessCode: string;
  readonly wrongCode: string;
  /** Used before, for another user. */
  readonly idempotency: Record<string, string>;
}

/** What callers do wrong, with a secret at hand. */
export async function misbehave(scene: Scene): Promise<void> {
  const { traffic, admin, person, room, email, password, accessCode, wrongCode, idempotency } =
    scene;
  const { anyone } = traffic;
  const send = traffic.send.bind(traffic);
  const { accessToken = '', refreshToken = '' } = person.signedIn ?? {};
  const user = { email, password, displayName: 'Canary' };
  const plain = { 'content-type': 'text/plain' };
  const many = Object.fromEntries(
    Array.from({ length: 70 }, (_, n) => [`x-${n}`, accessToken.slice(-40)]),
  );

  await send(anyone, 'POST /v1/auth/login', `{"email":"${email}","password":"${password}"`);
  await send(anyone, 'POST /v1/auth/login', { email: password, password: [password] });
  await send(anyone, 'POST /v1/auth/login', { email, password: wrongCode });
  await send(anyone, 'POST /v1/auth/login', { email: 'no@example.org', password });
  await send(anyone, 'POST /v1/auth/refresh', { refreshToken: accessToken });
  await send(anyone, 'POST /v1/auth/refresh', { refreshToken: `${refreshToken}x` });
  await send(anyone, 'POST /v1/auth/register', user);
  await send(anyone, 'POST /v1/auth/register', JSON.stringify(user), plain);
  await send(anyone, 'POST /v1/auth/register', { ...user, padding: 'x'.repeat(17_000) });
  await send(admin, 'POST /v1/users', user);
  await send(admin, 'POST /v1/users', user, idempotency);
  await send(person, 'POST /v1/users', user);
  await send(admin, 'POST /v1/rooms', { name: 'A', accessCode: accessCode.repeat(99) });
  await send(admin, 'POST /v1/rooms', { name: 'A', metadata: [accessCode] });
  await send(traffic.as(`${accessToken.slice(0, -6)}AAAAAA`), 'GET /v1/me');
  await send(traffic.as(password.replaceAll(' ', '-')), 'GET /v1/me');
  await send(anyone, `GET /v1/me?access_token=${accessToken}`);
  await send(anyone, `GET /v1/${encodeURIComponent(accessToken)}`);
  await send(anyone, `GET /v1/rooms/%zz${accessToken}`);
  await send(person, `GET /v1/rooms?search=a%00b&code=${accessToken}`);
  await send(person, `PUT /v1/me`, user);
  await send(admin, `PUT /v1/rooms/${room.id}/members/${room.id}`, { role: password });
  await send(admin, `POST /v1/rooms/${room.id}/join`, { displayName: accessCode.repeat(9) });
  await send(person, 'GET /v1/me', undefined, many);
  await send(scene.stranger, `POST /v1/rooms/${room.id}/join`, { accessCode: wrongCode });
  const header = `authorization: Bearer ${accessToken.repeat(90)}`;
  await traffic.write('an overlong header', `GET /v1/me HTTP/1.1\r\n${header}\r\n\r\n`);
  await traffic.write('no HTTP', `${accessToken} ${password}\r\n\r\n`);
}

/** What goes wrong behind us, with a secret on its way. */
export async function breakDown(scene: Scene): Promise<void> {
  const { traffic, database, cas, admin, person, email, password, accessCode } = scene;
  const send = traffic.send.bind(traffic);
  const misbehaviours: Parameters<SandboxCas['behave']>[0][] = [
    { status: 401 },
    { status: 429 },
    { status: 500 },
    { redirect: 'http://127.0.0.1:1/' },
    { garbage: true },
    { huge: true },
    { wrongType: 'number' },
    { expired: true },
    { drop: true },
    { trickle: true },
    { hang: true },
  ];
  for (const behaviour of misbehaviours) {
    const other = await send<Room>(admin, 'POST /v1/rooms', { name: 'Other' });
    cas.behave(behaviour);
    await traffic.abort(admin, `/v1/rooms/${other.id}/join`, 250);
    cas.reset();
  }
  const made = (name: string) => ({ email: `${name}@example.org`, password, displayName: name });
  // Errors of statements that carry an address, a hash, an encrypted answer.
  for (const table of ['users', 'rooms', 'idempotency_marks', 'sessions']) {
    await database.query(`alter table ${table} add constraint none check (false) not valid`);
    await send(admin, 'POST /v1/users', made(`broken-${table}`), { 'idempotency-key': password });
    await send(admin, 'POST /v1/rooms', { name: 'Broken', accessCode });
    await send(traffic.anyone, 'POST /v1/auth/login', { email, password });
    await database.query(`alter table ${table} drop constraint none`);
  }
  await during(database, 'lock table users in exclusive mode', () =>
    send(admin, 'POST /v1/users', made('slow'), { 'idempotency-key': 'slow' }),
  );
  await whileGone(database, async () => {
    await send(person, 'GET /v1/me');
    await send(traffic.anyone, 'POST /v1/auth/login', { email, password });
    await send(person, 'GET /health/ready');
    // Long enough for the tasks of the server to fail, too.
    await sleep(700);
  });
  await vi.waitFor(async () => {
    expect((await traffic.anyone.get('/health/ready')).status).toBe(200);
  });
}
