import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { type Account, runningAs } from './account.js';

/** Stops Postgres when node ends in any way, including `kill -9`. */
export interface Watchdog {
  guard(pid: number): void;
  release(): void;
}

// The pipe closes when node ends. An empty line means that Postgres has ended by itself, and that
// its process id may already belong to another program.
const SHELL = `
trap '' INT TERM HUP
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then kill -INT "$pid"; fi
`;

const NODE = `
let lines = '';
process.stdin.on('data', (chunk) => (lines += chunk));
process.stdin.on('end', () => {
  if (lines.endsWith('\\n\\n')) return;
  const [pgCtl, dataDir] = process.argv.slice(1);
  require('node:child_process').spawn(pgCtl, ['stop', '-m', 'fast', '-D', dataDir]);
});
`;

/** In its own session, beyond Ctrl-C; before Postgres, because node may be killed in between. */
export function startWatchdog(
  pgCtl: string,
  dataDir: string,
  account: Account | undefined,
): Watchdog {
  const [program, args] =
    process.platform === 'win32'
      ? [process.execPath, ['-e', NODE, pgCtl, dataDir]]
      : ['/bin/sh', ['-c', SHELL, 'latchkey-postgres-watchdog']];
  const child = spawn(program, args, {
    ...runningAs(account),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const pipe = child.stdin;
  // Otherwise a forgotten stop() would keep node alive, and the watchdog would never act.
  child.unref();
  if (pipe instanceof Socket) pipe.unref();
  // Without the watchdog nothing is lost as long as node lives and stops Postgres itself.
  child.on('error', () => undefined);
  pipe.on('error', () => undefined);
  return {
    guard: (pid) => void pipe.write(`${pid}\n`),
    release: () => void pipe.end('\n'),
  };
}
