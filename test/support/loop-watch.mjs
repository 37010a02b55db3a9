// Loaded into a server before anything else: how long a turn of its event loop kept everybody waiting.
import { openSync, readSync } from 'node:fs';

const STEP_MS = 5;

/** Milliseconds that the thread of the event loop has run; those of a hash run on other threads. */
function clockOfThread() {
  if (process.threadCpuUsage)
    return () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1e3;
    };
  // Without either there is but the time of day, in which others on the machine have their share.
  if (process.platform !== 'linux') return () => performance.now();
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`);
  const text = Buffer.alloc(80);
  return () => parseInt(text.toString('latin1', 0, readSync(file, text, 0, 80, 0)), 10) / 1e6;
}

const cpu = clockOfThread();
let before = { time: performance.now(), cpu: cpu() };
let worst = { blocked: 0, late: 0 };

// Late is a timer also because others have the core; blocked it is for as long as the thread ran.
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
