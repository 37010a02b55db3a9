const MAX_LENGTH = 80;

function withSuffix(name: string, suffix: string): string {
  const characters = [...name];
  const room = MAX_LENGTH - suffix.length;
  return `${characters.slice(0, room).join('').trimEnd()}${suffix}`;
}

/** The last number behind a name; further namesakes get a suffix, so that a crowd costs no more. */
const LAST_NUMBER = 9;

/** Returns names to try in order: plain, `name 2` to `name 9`, and with a suffix, always free. */
export function namesFor(name: string, seatId: string): readonly string[] {
  // The end of a version 7 id is random; this uses 40 bits of it.
  const suffix = BigInt(`0x${seatId.slice(-10)}`)
    .toString(32)
    .padStart(8, '0');
  const numbers = Array.from({ length: LAST_NUMBER - 1 }, (_, index) => ` ${index + 2}`);
  return [name, ...[...numbers, ` ${suffix}`].map((each) => withSuffix(name, each))];
}
