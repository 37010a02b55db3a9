/** Describes the fault of a request's address as a sentence; undefined if the address is valid. */
export function faultOfAddress(url: string): string | undefined {
  if (/[^\x21-\x7e]/.test(url))
    return 'The address contains bytes that must be percent-encoded: encode them.';
  if (!url.includes('%')) return undefined;
  if (url.includes('%00')) return 'The address contains a NUL: remove it.';
  try {
    // The query is checked too: the framework would take its invalid sequences literally.
    decodeURIComponent(url);
    return undefined;
  } catch {
    return 'The address is not valid UTF-8: percent-encode the bytes of its UTF-8 text.';
  }
}
