import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './median.js';

/** A start: the time until the first 200, and the memory shortly afterwards. */
interface Start {
  readonly milliseconds: number;
  readonly mebibytes: number;
}

function residentMemory(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

async function start(script: string, environment: Record<string, string>): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${environment['PORT']}/health/ready`;
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`${script} ended with code ${child.exitCode}`);
    await sleep(10);
  }
  const milliseconds = performance.now() - startedAt;
  await sleep(3_000);
  const mebibytes = residentMemory(child);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { milliseconds, mebibytes };
}

/**
 * Starts the server and the skeleton in turn, on a migrated database.
 * @param rounds how often each is started
 * @returns two lines to print
 */
export async function compareStarts(
  ours: string,
  skeleton: string,
  environment: Record<string, string>,
  rounds: number,
): Promise<string[]> {
  const seen: { ours: Start; theirs: Start }[] = [];
  for (let round = 0; round < rounds; round += 1)
    seen.push({ ours: await start(ours, environment), theirs: await start(skeleton, environment) });
  const ratio = median(seen.map((each) => each.ours.milliseconds / each.theirs.milliseconds));
  const time = (pick: 'ours' | 'theirs') =>
    median(seen.map((each) => each[pick].milliseconds)).toFixed(0);
  const memory = (pick: 'ours' | 'theirs') =>
    median(seen.map((each) => each[pick].mebibytes)).toFixed(0);
  return [
    `start to first 200: ${time('ours')} ms, skeleton ${time('theirs')} ms: ${ratio.toFixed(2)} ×`,
    `idle memory: ${memory('ours')} MiB, skeleton ${memory('theirs')} MiB`,
  ];
}
