/** Path of CAS's token endpoint below `CAS_URL`; the trailing slash is part of it. */
export const CAS_PATH = '/stream/token/v2/';

/**
 * Removes the token path from an address. The vendor's examples include the path, so that people
 * paste it with or without its last slash, or append it twice.
 */
export function withoutCasPath(url: string): string {
  // Only behind the host, because the host itself may be called `stream`.
  const [, host = url, path = ''] = /^([a-z]+:\/\/[^/]*)(.*)$/i.exec(url) ?? [];
  return `${host}${path.replace(/(?:\/+stream\/+token\/+v2)+\/*$/i, '')}`;
}
