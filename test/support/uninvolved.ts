import { expect } from 'vitest';
import { type Answer, Client } from './client.js';
import type { Cluster } from './cluster.js';
import { parseExposition } from './exposition.js';
import type { ProblemBody, Room, SignedIn } from './shapes.js';

const PEOPLE = 8;
const password = 'a password for tests';

/** A header that sends the request from this address; the server must trust the test as a proxy. */
export const from = (address: string) => ({ 'x-forwarded-for': address });

let registered = 0;
/** Registers a new user from a network of their own. */
export async function newcomer({ admin }: Cluster): Promise<Client> {
  registered += 1;
  const email = `person-${registered}@example.org`;
  const anyone = new Client(admin.url);
  const body = { email, password, displayName: `Person ${registered}` };
  const headers = from(`10.7.${registered >> 8}.${registered & 255}`);
  const answer = await anyone.post<SignedIn>('/v1/auth/register', body, headers);
  expect(answer.status).toBe(201);
  return anyone.as(answer.body);
}

export const signIn = (client: Client, { email }: { email: string | null }, address: string) =>
  new Client(client.url).post<SignedIn>('/v1/auth/login', { email, password }, from(address));

/** People who are not involved in an attack, and must not suffer from it. */
export class Uninvolved {
  private constructor(
    private readonly rooms: readonly Room[],
    private readonly people: Client[],
  ) {}

  /** Makes everybody join the first of the rooms; one of the rooms counts its seats. */
  static async settle(cluster: Cluster): Promise<Uninvolved> {
    const rooms: Room[] = [];
    for (const settings of [{}, { capacity: 50 }]) {
      const body = { name: 'Final', access: 'users', ...settings };
      rooms.push((await cluster.admin.post<Room>('/v1/rooms', body)).body);
    }
    const people: Client[] = [];
    for (let place = 0; place < PEOPLE; place += 1) people.push(await newcomer(cluster));
    const all = new Uninvolved(rooms, people);
    expect(await all.refusals()).toEqual([]);
    return all;
  }

  /** Makes everybody enter both rooms, send a heartbeat and refresh. @returns the refusals */
  async refusals(): Promise<string[]> {
    const refused: string[] = [];
    const ask = async <Body>(what: string, asked: Promise<Answer<Body>>): Promise<Answer<Body>> => {
      const answer = await asked;
      const { code } = (answer.body ?? {}) as Partial<ProblemBody>;
      if (answer.status >= 300) refused.push(`${what}: ${answer.status} ${code}`);
      return answer;
    };
    const live = async (client: Client, place: number) => {
      for (const { id } of this.rooms) {
        const path = `/v1/rooms/${id}`;
        await ask('join', client.post(`${path}/join`, {}));
        await ask('heartbeat', client.post(`${path}/heartbeat`));
        await ask('leave', client.post(`${path}/leave`));
      }
      const refreshToken = client.signedIn?.refreshToken ?? '';
      const body = { refreshToken };
      const { status, body: signedIn } = await ask(
        'refresh',
        client.post<SignedIn>('/v1/auth/refresh', body, from(`10.8.0.${place}`)),
      );
      if (status === 200) this.people[place] = client.as(signedIn);
    };
    await Promise.all(this.people.map(live));
    return refused;
  }
}

const PLACES = /^latchkey_\w*(_waiting|_running|_in_flight|feed_listeners|waiting_joiners)$/;

/** Returns the gauges of running work that are not zero. */
export async function heldPlaces(metricsUrl: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  const samples = [...parseExposition(text).values()].flatMap((family) => family.samples);
  const held = samples.filter(({ name, value }) => PLACES.test(name) && value !== 0);
  return Object.fromEntries(held.map(({ name, value }) => [name, value]));
}

/** Counts answers by their status; a refusal must be 429 and say when to try again. */
export function tally(answers: readonly Answer<unknown>[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status, headers, body } of answers) {
    counts[status] = (counts[status] ?? 0) + 1;
    if (status !== 429) continue;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((body as ProblemBody).code).toBe('rate_limited');
  }
  return counts;
}

export const times = <Result>(count: number, work: (turn: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, turn) => work(turn)));
