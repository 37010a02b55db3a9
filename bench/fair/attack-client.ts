import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Ask } from './attack.js';

const CONNECTIONS = 1_000;
/** Maximum time, in milliseconds, that a refused attacker waits. */
const MOST_PATIENCE_MS = 2_000;

/** Sends the requests of an attack, in the attacker's process. */
export class AttackClient {
  /** Answers by status; `none` for requests without an answer when the time was over. */
  readonly tally: Record<string, number> = {};
  private readonly pool: Pool;
  private readonly sockets = new Set<Socket>();
  private readonly until: number;

  constructor(
    readonly url: string,
    readonly databaseUrl: string,
    seconds: number,
  ) {
    this.pool = new Pool(url, { connections: CONNECTIONS, headersTimeout: 60_000 });
    this.until = performance.now() + seconds * 1_000;
  }

  get isOver(): boolean {
    return performance.now() >= this.until;
  }

  get millisecondsLeft(): number {
    return Math.max(0, this.until - performance.now());
  }

  /**
   * Runs loops with one request at a time each. A refused attacker waits as told; not to wait would
   * be a flood, which is the task of the proxy in front of the server.
   */
  async loops(width: number, ask: (turn: number) => Ask, isPatient = true): Promise<void> {
    const loop = async (offset: number) => {
      for (let turn = offset; !this.isOver; turn += width) {
        const retryAfter = await this.send(ask(turn));
        if (retryAfter === undefined || !isPatient) continue;
        const patience = Math.min(retryAfter * 1_000, MOST_PATIENCE_MS, this.millisecondsLeft);
        await sleep(patience);
      }
    };
    await Promise.all(Array.from({ length: width }, (_, index) => loop(index)));
  }

  /** Returns the seconds to wait after a refusal; undefined for any other answer. */
  async send(ask: Ask): Promise<number | undefined> {
    return (await this.ask(ask)).retryAfter;
  }

  async ask({ method, path, token, body, from, headers = {} }: Ask) {
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
      this.count(String(answer.statusCode));
      const isRefused = answer.statusCode === 429 || answer.statusCode === 503;
      const retryAfter = isRefused ? Number(answer.headers['retry-after'] ?? 1) : undefined;
      return { status: answer.statusCode, text, retryAfter };
    } catch {
      this.count('none');
      return { status: 0, text: '', retryAfter: 0.1 };
    }
  }

  count(outcome: string): void {
    this.tally[outcome] = (this.tally[outcome] ?? 0) + 1;
  }

  /** Opens a connection for input that no client would write; its answers are not read. */
  socket(reads = true): Socket {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    if (reads) socket.resume();
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }

  /** Returns the head of a request, without the empty line that ends it. */
  headOf({ method, path, token, from, headers = {} }: Ask): string {
    const fields = {
      host: 'latchkey',
      'x-forwarded-for': from,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
    return [`${method} ${path} HTTP/1.1`, ...lines, ''].join('\r\n');
  }

  /** Closes all connections, and thereby ends requests without an answer. */
  async end(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.pool.destroy();
  }
}
