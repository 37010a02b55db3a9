/**
 * How many characters a text has: code points, as JSON Schema counts them, after NFC, so that an
 * accent counts the same on every keyboard.
 */
export function charactersOf(text: string): number {
  return [...text.normalize('NFC')].length;
}
