/** What the address of a request has against it; undefined for nothing. */
export function faultOfAddress(url: string): string | undefined {
  if (/[^\x21-\x7e]/.test(url)) return 'The address has bytes that must be percent-encoded.';
  if (!url.includes('%')) return undefined;
  if (url.includes('%00')) return 'The address has a NUL in it.';
  try {
    // Also of the query, of which the framework would take the wrong bytes as they are written.
    decodeURIComponent(url);
    return undefined;
  } catch {
    return 'The address is not UTF-8 that is percent-encoded.';
  }
}
