/**
 * Folds a text for comparisons: two texts look the same to people if their folded forms are equal.
 * The database's locale, the encoding of accents and invisible characters make no difference.
 * Without this, a person could take a name that looks like somebody else's.
 */
export function foldedOf(text: string): string {
  const seen = text
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // Upper case and then lower case comes closest to case folding in JavaScript: `ß` equals `SS`. A
  // sigma has a different form at the end of a word, so both forms become the same letter.
  return seen.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/**
 * Builds the text that searches look through, from texts that may be absent. A folded text never
 * contains the separator, so that no search matches across two texts.
 */
export function searchKeyOf(...texts: readonly (string | null)[]): string {
  return texts.map((text) => foldedOf(text ?? '')).join('\n');
}
