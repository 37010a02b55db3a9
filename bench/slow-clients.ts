import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { median } from './median.js';
import { startTestbed } from './testbed.js';

const SLOW = 500;
const ROUNDS = 7;
const ROUND_MS = 2_000;
const CLIENTS = 8;
const PORT = 3_221;
const ALLOWED = 2;

const HEAD = 'POST /v1/auth/login HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n';

/** A client that sends a body, one character per second, and reconnects when it is cut off. */
class SlowClient {
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  start(): this {
    this.socket = connect(PORT, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('data', () => undefined);
    this.socket.write(`${HEAD}content-length: 10000\r\n\r\n{"`);
    this.timer = setInterval(() => this.socket?.write('a'), 1_000);
    this.socket.once('close', () => {
      clearInterval(this.timer);
      if (!this.isOver) this.start();
    });
    return this;
  }

  stop(): void {
    this.isOver = true;
    this.socket?.destroy();
  }
}

const testbed = await startTestbed(PORT, { RATE_LIMITS: 'off' });
const pool = new Pool(testbed.url, { connections: CLIENTS });
const signIn = await fetch(`${testbed.url}/v1/auth/login`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(testbed.admin),
});
const { accessToken } = (await signIn.json()) as SignedIn;

/** Returns the time within which 99 of 100 requests were answered. */
async function p99(): Promise<number> {
  const times: number[] = [];
  const until = performance.now() + ROUND_MS;
  const client = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      const headers = { authorization: `Bearer ${accessToken}` };
      const { statusCode, body } = await pool.request({ method: 'GET', path: '/v1/me', headers });
      await body.dump();
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

try {
  await p99();
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await p99();
    const slow = Array.from({ length: SLOW }, () => new SlowClient().start());
    await sleep(1_000);
    const beside = await p99();
    for (const each of slow) each.stop();
    await sleep(1_000);
    ratios.push(beside / alone);
    process.stdout.write(`p99: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside\n`);
  }
  const ratio = median(ratios);
  process.stdout.write(`${SLOW} slow clients: p99 of the others is ${ratio.toFixed(2)} times\n`);
  if (ratio > ALLOWED) process.exitCode = 1;
} finally {
  await pool.destroy();
  await testbed.stop();
}
