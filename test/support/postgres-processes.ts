import { execFileSync } from 'node:child_process';

/** Returns the process ids of a Postgres and of all its children. */
function processesOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const children = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child = 0]) => child);
  return [pid, ...children];
}

function signal(pid: number, name: NodeJS.Signals): void {
  for (const each of processesOf(pid)) {
    try {
      process.kill(each, name);
    } catch {
      // The process has ended meanwhile.
    }
  }
}

/** Freezes the server: it keeps its connections, but answers nothing. */
export const freeze = (postgres: { pid: number }): void => signal(postgres.pid, 'SIGSTOP');

export const thaw = (postgres: { pid: number }): void => signal(postgres.pid, 'SIGCONT');
