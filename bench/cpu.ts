import { existsSync, readFileSync } from 'node:fs';

/** Clock ticks of `/proc`, per second. */
const TICKS = 100;

/** Returns a process's CPU times from `/proc`; Linux only. */
function timesOf(pid: number | undefined): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map((ticks) => (Number(ticks) / TICKS) * 1e6);
}

/** Returns the CPU time that a process has used, user and system, in microseconds. */
export function cpuOf(pid: number | undefined): number {
  const [user = 0, system = 0] = timesOf(pid);
  return user + system;
}

/**
 * Returns the CPU time of a process and all processes it has started, including those that ended.
 */
export function cpuOfAll(pid: number): number {
  for (;;) {
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
      const living = children.split(' ').filter(Boolean).map(Number);
      const own = timesOf(pid).reduce((sum, time) => sum + time, 0);
      return living.reduce((sum, child) => sum + cpuOf(child), own);
    } catch (error) {
      // A child ended in the meantime, and its time now counts for its parent; unless the parent
      // itself ended.
      if (!existsSync(`/proc/${pid}`)) throw error;
    }
  }
}
