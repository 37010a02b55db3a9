/** Counts code points after NFC, so that an accent counts the same on every keyboard. */
export function charactersOf(text: string): number {
  return [...text.normalize('NFC')].length;
}

/** Blanks, and characters without a width that are copied together with a text. */
const INVISIBLE = /[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]/;

/** Returns the text without the blanks and invisible characters around it, in linear time. */
export function trimInvisible(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && INVISIBLE.test(text.charAt(start))) start += 1;
  while (end > start && INVISIBLE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
