/** A little longer than the server waits for its database, and shorter than the image's check. */
const PATIENCE_MS = 3_500;

/** Returns the local addresses, as in URLs, of a server that listens on the host. */
function hostsOf(host: string): readonly string[] {
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  if (plain === '0.0.0.0') return ['127.0.0.1'];
  // The host means all addresses of this machine, which need not have both IPv4 and IPv6.
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

/** Whether a server on this machine is ready; `host` and `port` are its `HOST` and `PORT`. */
export async function isReady(host: string, port: string | number): Promise<boolean> {
  const asked = hostsOf(host).map((each) => isReadyAt(`http://${each}:${port}`));
  return (await Promise.all(asked)).includes(true);
}
