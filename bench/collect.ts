// Preloaded into a server whose memory is measured, with `--expose-gc`, to measure live memory.

/** Bytes, after a full garbage collection. */
export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
}

process.on('message', () => {
  // The second pass collects what the first has just made unreachable.
  for (let pass = 0; pass < 2; pass += 1) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed } satisfies Held);
});
// The channel must not keep a server alive that should stop.
process.channel?.unref();
