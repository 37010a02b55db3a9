import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Launch } from './cluster.js';

/** Starts a server whose event loop is watched. */
export const WATCHED: Launch = {
  program: ['--import', join(import.meta.dirname, 'loop-watch.mjs'), 'dist/main.js'],
  withChannel: true,
};

/** The worst delays after the last measurement, in milliseconds. */
export interface LoopDelay {
  /** How long one turn of the event loop has computed. */
  readonly blocked: number;
  /** How late a timer was; other programs on the machine add to it. */
  readonly late: number;
}

/** @param server a server started as `WATCHED` */
export async function takeLoopDelay(server: ChildProcess): Promise<LoopDelay> {
  const answer = once(server, 'message');
  server.send('take');
  const [delay] = (await answer) as [LoopDelay];
  return delay;
}
