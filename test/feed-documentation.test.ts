import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.js';
import type { Client } from './support/client.js';
import type { Room } from './support/shapes.js';

type Follow = (
  room: string,
  grant: { lastEventId: string | null },
  onEvent: (type: string, data: object) => void,
) => Promise<unknown>;

/** The network of an app, which breaks when it is told to. */
class Network {
  private connection = new AbortController();
  private readonly mishaps: (() => Response)[] = [];

  constructor(private readonly url: string) {}

  readonly fetch = (path: string, request: RequestInit): Promise<Response> => {
    const mishap = this.mishaps.shift();
    if (mishap) return Promise.resolve().then(mishap);
    return fetch(`${this.url}${path}`, { ...request, signal: this.connection.signal });
  };

  /** Ends the connection that there is; the next two attempts fail as well. */
  break(): void {
    this.mishaps.push(
      () => {
        throw new TypeError('fetch failed');
      },
      () => Response.json({ code: 'overloaded', status: 503 }, { status: 503 }),
    );
    this.connection.abort();
    this.connection = new AbortController();
  }
}

const document = readFileSync(join(import.meta.dirname, '../docs/feed.md'), 'utf8');
const examples = [...document.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code).join('\n');
const patient = { timeout: 5_000, interval: 20 };
let server: TestApp;
let fan: Client;
let room: Room;

beforeAll(async () => {
  server = await startApp();
  fan = await server.signUp();
});
afterAll(() => server.stop());

function exampleOf(name: string, network: Network): Follow {
  const soon = (callback: () => void) => setTimeout(callback, 20);
  const make = compileFunction(`${examples}\nreturn ${name};`, [
    'fetch',
    'accessToken',
    'setTimeout',
  ]) as (...globals: unknown[]) => Follow;
  return make(network.fetch, () => fan.token, soon);
}

describe.each(['follow', 'followByPoll'])('the example %s of docs/feed.md', (name) => {
  it('hears every event once, over a broken connection, until the right is lost', async () => {
    room = await server.createRoom();
    const grant = await server.join(fan, room);
    const heard: string[] = [];
    const network = new Network(server.url);
    const ended = exampleOf(name, network)(room.id, grant, (type) => heard.push(type));
    const updates = () => heard.filter((type) => type === 'room.updated').length;
    const rename = (to: string) => server.admin.patch(`/v1/rooms/${room.id}`, { name: to });

    await rename('Once');
    await expect.poll(updates, patient).toBe(1);
    network.break();
    await rename('Twice');
    await rename('Three times');
    await expect.poll(updates, patient).toBe(3);
    await rename('Four times');
    await expect.poll(updates, patient).toBe(4);
    await server.admin.delete(`/v1/rooms/${room.id}/participants/${fan.signedIn?.user.id}`);
    expect(await ended).toMatchObject({ status: 409, code: 'not_in_room' });
    expect(heard).toContain('state');
    expect(heard.filter((type) => type === 'removed')).toHaveLength(1);
  });
});
