import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { SignedIn } from '../../src/users/sessions/auth.schema.js';
import { CROWD_PASSWORD, type Face } from '../../test/support/crowd.js';
import { send } from '../account-requests.js';
import type { Ask, Bystander } from './attack.js';
import type { Scenario } from './scenario.js';
import { Observation } from './observation.js';

const PEOPLE = 120;
const ROOMS = 6;
/** A room with a capacity, whose lock makes delays by others visible. */
const CAPACITY = 2_000;
const PER_SECOND = 40;
/** The order of requests, repeated. */
const TURNS = ['join', 'heartbeat', 'refresh', 'join', 'heartbeat'] as const;
/** Later answers count as missing. */
const DEADLINE_MS = 20_000;

interface Person extends Face {
  readonly address: string;
  readonly home: string;
  refreshToken: string;
  isRefreshing: boolean;
}

/** Uninvolved people: each belongs to a room, and visits other rooms. */
export class People {
  private readonly pool: Pool;
  private turn = 0;

  private constructor(
    url: string,
    private readonly rooms: readonly string[],
    private readonly people: readonly Person[],
  ) {
    this.pool = new Pool(url, {
      connections: 2_000,
      headersTimeout: DEADLINE_MS,
      bodyTimeout: DEADLINE_MS,
    });
  }

  static async settle(scenario: Scenario): Promise<People> {
    const rooms: string[] = [];
    for (let place = 0; place < ROOMS; place += 1)
      rooms.push(await scenario.room(place === 0 ? { capacity: CAPACITY } : {}));
    const people: Person[] = [];
    for (const [place, face] of (await scenario.people(PEOPLE)).entries()) {
      const home = rooms[place % ROOMS] as string;
      const { userId, accessToken, refreshToken } = await signIn(scenario, face);
      people.push({
        userId,
        accessToken,
        refreshToken,
        home,
        address: `10.1.${place >> 8}.${place & 255}`,
        isRefreshing: false,
      });
      await scenario.join(home, { userId, accessToken });
    }
    return new People(scenario.url, rooms, people);
  }

  /**
   * Sends requests at a steady rate, however long the answers take, and waits for the last answer.
   */
  async live(seconds: number, bystanders: readonly Bystander[] = []): Promise<Observation> {
    const seen = new Observation();
    const until = performance.now() + seconds * 1_000;
    const streams = bystanders.map((each) =>
      atRate(each.perSecond, until, (due) =>
        this.observe(seen, each.kind, due, each.ask(), (answer) => each.keep?.(answer)),
      ),
    );
    await Promise.all([...streams, atRate(PER_SECOND, until, (due) => this.next(seen, due))]);
    return seen;
  }

  private next(seen: Observation, due: number): Promise<void> {
    const kind = TURNS[this.turn % TURNS.length] as (typeof TURNS)[number];
    this.turn += 1;
    const place = this.turn % PEOPLE;
    const person = this.people[place] as Person;
    if (kind === 'refresh') return this.refresh(seen, due);
    const { home, accessToken: token, address: from } = person;
    const away = this.rooms[Math.floor(this.turn / PEOPLE) % ROOMS] as string;
    const room = kind === 'join' && this.turn % 2 === 0 ? away : home;
    const path = `/v1/rooms/${room}/${kind}`;
    return this.observe(seen, kind, due, { method: 'POST', path, token, from });
  }

  /**
   * Refreshes for a person without a pending refresh, because a concurrent refresh would reuse a
   * token.
   */
  private async refresh(seen: Observation, due: number): Promise<void> {
    const offset = this.turn % PEOPLE;
    const inTurn = [...this.people.slice(offset), ...this.people.slice(0, offset)];
    const person = inTurn.find(({ isRefreshing }) => !isRefreshing);
    if (!person) return seen.miss('refresh', DEADLINE_MS, 'all wait');
    const { refreshToken, address: from } = person;
    const ask: Ask = { method: 'POST', path: '/v1/auth/refresh', body: { refreshToken }, from };
    person.isRefreshing = true;
    await this.observe(seen, 'refresh', due, ask, (answer) => {
      person.refreshToken = (JSON.parse(answer) as SignedIn).refreshToken;
    });
    person.isRefreshing = false;
  }

  /** @param due when the request should have been sent, so that delays of the sender count too */
  private async observe(
    seen: Observation,
    kind: string,
    due: number,
    { method, path, token, body, from, headers = {} }: Ask,
    keep: (answer: string) => void = () => undefined,
  ): Promise<void> {
    try {
      const answer = await this.pool.request({
        method,
        path,
        headers: {
          'x-forwarded-for': from,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) return seen.miss(kind, performance.now() - due, codeOf(text));
      seen.note(kind, performance.now() - due);
      keep(text);
    } catch {
      seen.miss(kind, performance.now() - due, 'no answer');
    }
  }

  async leave(): Promise<void> {
    await this.pool.destroy();
  }
}

function codeOf(text: string): string {
  return /"code":"(\w+)"/.exec(text)?.[1] ?? 'refused';
}

function signIn(scenario: Scenario, { userId }: Face): Promise<SignedIn & Face> {
  const body = { email: `${userId}@example.org`, password: CROWD_PASSWORD };
  return send<SignedIn>(`${scenario.url}/v1/auth/login`, body).then((answer) => ({
    ...answer,
    userId,
  }));
}

/** Starts work at fixed moments, and resolves when all of it has ended. */
async function atRate(
  perSecond: number,
  until: number,
  begin: (due: number) => Promise<void>,
): Promise<void> {
  const begun: Promise<void>[] = [];
  for (let due = performance.now(); due < until; due += 1_000 / perSecond) {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    begun.push(begin(due));
  }
  await Promise.all(begun);
}
