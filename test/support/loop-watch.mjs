// Loaded into a server before anything else: measures how long a turn of its event loop blocked it.
import { openSync, readSync } from 'node:fs';

const STEP_MS = 5;

/** CPU time of the event loop's thread in milliseconds; password hashes run on other threads. */
function clockOfThread() {
  if (process.threadCpuUsage)
    return () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1e3;
    };
  // Otherwise only wall-clock time is left, which includes other programs on the machine.
  if (process.platform !== 'linux') return () => performance.now();
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`);
  const text = Buffer.alloc(80);
  return () => parseInt(text.toString('latin1', 0, readSync(file, text, 0, 80, 0)), 10) / 1e6;
}

const cpu = clockOfThread();
let before = { time: performance.now(), cpu: cpu() };
let worst = { blocked: 0, late: 0 };

// A timer may also be late because other programs used the core; only CPU time counts as blocked.
function look() {
  const now = { time: performance.now(), cpu: cpu() };
  const late = Math.max(0, now.time - before.time - STEP_MS);
  const blocked = Math.min(late, now.cpu - before.cpu);
  worst = { blocked: Math.max(worst.blocked, blocked), late: Math.max(worst.late, late) };
  before = now;
}

setInterval(look, STEP_MS).unref();
process.on('message', () => {
  look();
  process.send(worst);
  worst = { blocked: 0, late: 0 };
});
process.channel.unref();
