const PATIENCE_MS = 3_000;

/**
 * Asks a server on this machine whether it is ready; for images that have no other HTTP client.
 * @param port where it listens
 */
export async function isReady(port: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return (await fetch(`http://127.0.0.1:${port}/health/ready`, { signal })).ok;
  } catch {
    return false;
  }
}
