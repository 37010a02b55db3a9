/** Folds a text so that texts that look the same become equal; this prevents look-alike names. */
export function foldedOf(text: string): string {
  const seen = text
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // Closest to case folding: `ß` equals `SS`. Both forms of sigma become the same letter.
  return seen.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/** Builds the text that searches look through; its separator prevents matches across texts. */
export function searchKeyOf(...texts: readonly (string | null)[]): string {
  return texts.map((text) => foldedOf(text ?? '')).join('\n');
}
