/**
 * A text as it is compared with others: two are the same to people when these are equal. Neither the
 * database's locale nor the keyboard's way of writing an accent makes a difference, nor does what
 * nobody sees: without that, anybody could stand beside somebody under the same name.
 */
export function foldedOf(text: string): string {
  const seen = text
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // Up and down again is as near to case folding as the language gets: `ß` equals `SS`. A sigma is
  // written otherwise at the end of a word, which is not the same place in a part of it.
  return seen.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/**
 * What a search looks through, of texts that may be absent. None of them has the separator in it
 * once it is folded, so that nothing is found across two.
 */
export function searchKeyOf(...texts: readonly (string | null)[]): string {
  return texts.map((text) => foldedOf(text ?? '')).join('\n');
}
