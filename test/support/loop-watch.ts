import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Launch } from './cluster.js';

/** How a server is started whose event loop is to be watched. */
export const WATCHED: Launch = {
  program: ['--import', join(import.meta.dirname, 'loop-watch.mjs'), 'dist/main.js'],
  withChannel: true,
};

/** The worst since it was last asked for, in milliseconds. */
export interface LoopDelay {
  /** For how long one turn of the event loop has computed. */
  readonly blocked: number;
  /** How late a timer was, the others on the machine included. */
  readonly late: number;
}

/** @param server that was started as `WATCHED` */
export async function takeLoopDelay(server: ChildProcess): Promise<LoopDelay> {
  const answer = once(server, 'message');
  server.send('take');
  const [delay] = (await answer) as [LoopDelay];
  return delay;
}
