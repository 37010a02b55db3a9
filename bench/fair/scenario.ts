import { setPriority } from 'node:os';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { v7 } from 'uuid';
import type { SignedIn } from '../../src/users/sessions/auth.schema.js';
import { type Config, readConfig } from '../../src/platform/config/config.js';
import { type Face, gatherCrowd, signInAgain } from '../../test/support/crowd.js';
import { type Testbed, startTestbed } from '../testbed.js';
import { Filling } from './filling.js';

const SETTINGS = {
  TRUST_PROXY: '127.0.0.1',
  ACCESS_TOKEN_TTL: '3600',
  // Seats that the bench inserts must not expire before it has used them.
  PRESENCE_TTL: '3600',
};
const METRICS = 100;

/** Servers, users and rooms for the preparation of attacks. */
export class Scenario {
  private constructor(
    readonly testbed: Testbed,
    readonly database: pg.Client,
    readonly filling: Filling,
    readonly adminToken: string,
    private readonly config: Config,
    private readonly metricsUrl: string,
  ) {}

  /** @param port of the server; the port of its metrics is 100 higher */
  static async open(port: number): Promise<Scenario> {
    const settings = { ...SETTINGS, METRICS_PORT: String(port + METRICS) };
    const testbed = await startTestbed(port, settings);
    const database = new pg.Client({ connectionString: testbed.postgres.url });
    await database.connect();
    const { accessToken } = await testbed.send<SignedIn>(
      'POST',
      '/v1/auth/login',
      undefined,
      testbed.admin,
    );
    const metricsUrl = `http://127.0.0.1:${port + METRICS}/metrics`;
    const config = readConfig(testbed.environment);
    return new Scenario(testbed, database, new Filling(database), accessToken, config, metricsUrl);
  }

  get url(): string {
    return this.testbed.url;
  }

  /** Lowers the priority of the server, Postgres and all their threads from now on. */
  stepBack(): void {
    for (const pid of [this.testbed.server.pid, this.testbed.postgres.pid])
      familyOf(pid).forEach(lowerPriority);
  }

  people(count: number): Promise<Face[]> {
    return gatherCrowd(this.config, count);
  }

  async person(): Promise<Face> {
    const [face] = await this.people(1);
    return face as Face;
  }

  /** Adds sign-ins of a person, as if each had been made on another device. */
  async signInsOf({ userId }: Face, count: number): Promise<Face[]> {
    const ids = Array.from({ length: count }, () => ({ userId, sessionId: v7() }));
    await this.filling.sessions(ids);
    return signInAgain(this.config, ids);
  }

  async room(settings: object = {}): Promise<string> {
    const body = { name: 'Final', access: 'users', ...settings };
    const room = await this.testbed.send<{ id: string }>(
      'POST',
      '/v1/rooms',
      this.adminToken,
      body,
    );
    return room.id;
  }

  async link(roomId: string): Promise<string> {
    const path = `/v1/rooms/${roomId}/invites`;
    const body = { role: 'participant' };
    return (await this.testbed.send<{ code: string }>('POST', path, this.adminToken, body)).code;
  }

  async join(roomId: string, { accessToken }: Face): Promise<void> {
    const path = `/v1/rooms/${roomId}/join`;
    const grant = await this.testbed.send<{ token?: string }>('POST', path, accessToken, {});
    if (grant.token === undefined) throw new Error(`no join: ${JSON.stringify(grant)}`);
  }

  /** Returns a number from the database. */
  async count(sql: string, values: readonly unknown[]): Promise<number> {
    const { rows } = await this.database.query<{ count: string }>(sql, [...values]);
    return Number(rows[0]?.count ?? Number.NaN);
  }

  /** Returns a metric without labels; NaN if the server does not report it. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(this.metricsUrl)).text();
    return Number(new RegExp(`^latchkey_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  }

  async close(): Promise<void> {
    await this.database.end().catch(() => undefined);
    await this.testbed.stop();
  }
}

/** Returns the process, its children and their threads; Linux only. */
function familyOf(pid: number | undefined): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map(Number);
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
    );
    return [...threads, ...children.flatMap((child) => familyOf(Number(child)))];
  } catch {
    // The process has ended, as short-lived processes of Postgres do.
    return [];
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, 19);
  } catch {
    // The process has ended.
  }
}
