/** The server cannot listen on its address; the message says why, and what to do. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

const NO_SUCH_ADDRESS =
  '{HOST} is not an address of this machine: set it to an address without scheme and port, such as 127.0.0.1, or to 0.0.0.0 for all addresses';

const MEANINGS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another program listens on port {port}: stop that program, or set {PORT} to another port',
  EACCES:
    'this user may not listen on port {port}: set {PORT} to a port above 1023, or give the program the capability CAP_NET_BIND_SERVICE',
  ENOTFOUND: NO_SUCH_ADDRESS,
  EAI_AGAIN: '{HOST} cannot be resolved: set it to an IP address, such as 127.0.0.1',
  EADDRNOTAVAIL: NO_SUCH_ADDRESS,
  EAFNOSUPPORT: NO_SUCH_ADDRESS,
  EINVAL: NO_SUCH_ADDRESS,
};

/** Explains a failure by the variables `HOST` and `PORT` of the prefix. @throws {CannotListen} */
export async function listening(
  prefix: '' | 'METRICS_',
  port: number,
  listen: () => Promise<unknown>,
): Promise<void> {
  try {
    await listen();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const meaning = (MEANINGS[code] ?? 'the server cannot listen: check {HOST} and {PORT}')
      .replaceAll('{HOST}', `${prefix}HOST`)
      .replaceAll('{PORT}', `${prefix}PORT`)
      .replaceAll('{port}', String(port));
    throw new CannotListen(`${meaning} (${code}).`, { cause: error });
  }
}
