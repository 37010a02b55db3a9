import { connect } from 'node:net';
import pg from 'pg';
import type { Place } from './canaries/find-canaries.js';
import { Client, type Method } from './client.js';
import type { TestDatabase } from './database.js';
import type { SignedIn } from './shapes.js';

/** Sends any requests to a server, and records every answer. */
export class Traffic {
  readonly answers: Place[] = [];
  readonly refusals: { readonly status: number; readonly code: string }[] = [];
  readonly anyone: Client;

  constructor(readonly url: string) {
    this.anyone = new Client(url);
  }

  as(accessToken: string): Client {
    return new Client(this.url, { accessToken } as SignedIn);
  }

  /** @param route `METHOD /path` */
  async send<Result>(
    client: Client,
    route: string,
    body?: Record<string, unknown> | string,
    headers: Record<string, string> = {},
  ): Promise<Result> {
    const [method = '', path = ''] = route.split(' ');
    const sent = client.send<Result & { code?: string }>(method as Method, path, body, headers);
    const answer = await sent;
    const text = JSON.stringify([Object.fromEntries(answer.headers), answer.body]);
    const isGood = answer.status < 300;
    this.answers.push({ name: `${isGood ? 'the answer to' : 'the refusal of'} ${route}`, text });
    // Only a refusal has a problem code; the `code` of an invite is another field.
    const { code } = answer.body ?? {};
    if (!isGood && code !== undefined) this.refusals.push({ status: answer.status, code });
    return answer.body;
  }

  /** Sends a request, and disconnects before there is an answer. */
  async abort(client: Client, path: string, afterMs: number): Promise<void> {
    await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}` },
      signal: AbortSignal.timeout(afterMs),
    }).catch(() => undefined);
  }

  /**
   * Writes bytes to the socket that no HTTP client would send.
   * @returns the code of the refusal
   */
  async write(name: string, text: string): Promise<{ code?: string }> {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await new Promise((resolve) => socket.once('close', resolve));
    this.answers.push({ name, text: answer });
    const code = /"code":"(\w+)"/.exec(answer)?.[1];
    return code === undefined ? {} : { code };
  }
}

/** Runs `work` while an open transaction has executed `sql`, such as `lock table rooms`. */
export async function during<Result>(
  database: TestDatabase,
  sql: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(`begin; ${sql}`);
    const result = await work();
    await client.query('rollback');
    return result;
  } finally {
    await client.end();
  }
}

/** Runs `work` while the database allows no connections and all current ones are ended. */
export async function whileGone<Result>(
  database: TestDatabase,
  work: () => Promise<Result>,
): Promise<Result> {
  const elsewhere = Object.assign(new URL(database.url), { pathname: '/template1' }).href;
  const server = new pg.Client({ connectionString: elsewhere });
  await server.connect();
  const name = new URL(database.url).pathname.slice(1);
  const allow = (yes: boolean) =>
    server.query(`alter database ${name} with allow_connections ${yes}`);
  try {
    await allow(false);
    await server.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [name],
    );
    return await work();
  } finally {
    await allow(true);
    await server.end();
  }
}
