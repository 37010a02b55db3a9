import { existsSync, readFileSync } from 'node:fs';

/** Clock ticks of `/proc`, per second. */
const TICKS = 100;

/** Times of a process as `/proc` has them; Linux only. */
function timesOf(pid: number | undefined): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map((ticks) => (Number(ticks) / TICKS) * 1e6);
}

/** CPU time that a process has used so far, user and system, in microseconds. */
export function cpuOf(pid: number | undefined): number {
  const [user = 0, system = 0] = timesOf(pid);
  return user + system;
}

/** The same together with all that the process has started, whether it has ended or not. */
export function cpuOfAll(pid: number): number {
  for (;;) {
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
      const living = children.split(' ').filter(Boolean).map(Number);
      const own = timesOf(pid).reduce((sum, time) => sum + time, 0);
      return living.reduce((sum, child) => sum + cpuOf(child), own);
    } catch (error) {
      // One of them ended meanwhile, and is in its parent's time now; unless it was the parent.
      if (!existsSync(`/proc/${pid}`)) throw error;
    }
  }
}
