/** Path of CAS's token endpoint below `CAS_URL`; the trailing slash is part of it. */
export const CAS_PATH = '/stream/token/v2/';

/** Removes the token path, which the vendor's examples include, even if it was appended twice. */
export function withoutCasPath(url: string): string {
  // Only behind the host, because the host itself may be called `stream`.
  const [, host = url, path = ''] = /^([a-z]+:\/\/[^/]*)(.*)$/i.exec(url) ?? [];
  return `${host}${path.replace(/(?:\/+stream\/+token\/+v2)+\/*$/i, '')}`;
}
