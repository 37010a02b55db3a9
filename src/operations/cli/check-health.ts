/** A little longer than the server waits for its database, and shorter than the image's own check. */
const PATIENCE_MS = 3_500;

/** Where a server is asked that listens on the host: an address of this machine, as URLs write it. */
function hostsOf(host: string): readonly string[] {
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  if (plain === '0.0.0.0') return ['127.0.0.1'];
  // All addresses of this machine, of which it need not have both kinds.
  if (/^[0:]+$/.test(plain)) return ['[::1]', '127.0.0.1'];
  return [plain.includes(':') ? `[${plain.split('%')[0]}]` : plain];
}

async function isReadyAt(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return (await fetch(`${url}/health/ready`, { signal })).ok;
  } catch {
    return false;
  }
}

/**
 * Asks a server on this machine whether it is ready; for images that have no other HTTP client.
 * @param host what it listens on, as `HOST` says it
 * @param port where it listens
 */
export async function isReady(host: string, port: string | number): Promise<boolean> {
  const asked = hostsOf(host).map((each) => isReadyAt(`http://${each}:${port}`));
  return (await Promise.all(asked)).includes(true);
}
