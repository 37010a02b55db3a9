// Preloaded into a server whose memory is measured, with `--expose-gc`: what stays is what it holds.

/** Bytes, once all garbage is collected. */
export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
}

process.on('message', () => {
  // The first leaves to the second what it has just made unreachable.
  for (let pass = 0; pass < 2; pass += 1) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed } satisfies Held);
});
// Being asked must not keep a server alive that is to stop.
process.channel?.unref();
