/** Where CAS gives tokens, below `CAS_URL`; the trailing slash belongs to it. */
export const CAS_PATH = '/stream/token/v2/';

/**
 * The address without that path: the vendor's examples have it at the end, so that it is pasted
 * with it, with or without the last slash, or once more behind an address that has it already.
 */
export function withoutCasPath(url: string): string {
  // Behind the host, which may be called `stream` as well.
  const [, host = url, path = ''] = /^([a-z]+:\/\/[^/]*)(.*)$/i.exec(url) ?? [];
  return `${host}${path.replace(/(?:\/+stream\/+token\/+v2)+\/*$/i, '')}`;
}
