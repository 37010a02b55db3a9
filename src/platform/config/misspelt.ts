import type { Environment } from './secret-files.js';

/** Variables that systems set everywhere, including service links of Docker and Kubernetes. */
const FOREIGN =
  /^(PATH|HOME|HOSTNAME|PWD|SHLVL|TERM|LANG|TZ|_)$|^(npm|NODE|PG|POSTGRES|KUBERNETES|LC|DOCKER|COMPOSE|SANDBOX)|_PORT(_\d+_(TCP|UDP).*)?$|_SERVICE_(HOST|PORT)/;

/** `typo`: a slip; `sibling`: another word that a program may use, such as URI for URL. */
type Nearness = 'same' | 'typo' | 'sibling' | 'far';

const SIBLINGS = new Set(['URI URL', 'URL URI']);

function nearness(word: string, known: string): Nearness {
  if (word === known) return 'same';
  if (SIBLINGS.has(`${word} ${known}`) || word === `${known}S` || known === `${word}S`)
    return 'sibling';
  if (isSwapped(word, known) || isDoubled(word, known)) return 'typo';
  // Short words easily differ by one letter, such as CAS and CMS.
  const allowed = known.length >= 8 ? 2 : known.length >= 5 ? 1 : 0;
  return allowed > 0 && distance(word, known) <= allowed ? 'typo' : 'far';
}

function isSwapped(word: string, known: string): boolean {
  if (word.length !== known.length) return false;
  const at = [...word].findIndex((letter, index) => letter !== known[index]);
  const swapped = `${known.slice(0, at)}${known[at + 1]}${known[at]}${known.slice(at + 2)}`;
  return word === swapped;
}

function isDoubled(word: string, known: string): boolean {
  return [...known].some(
    (letter, at) => word === `${known.slice(0, at)}${letter}${known.slice(at)}`,
  );
}

function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[other.length] ?? 0;
}

function resembles(name: string, known: string): Nearness {
  const words = name.split('_');
  const knownWords = known.split('_');
  if (knownWords.length > 1) {
    if (name.toUpperCase() === known) return 'sibling';
    if (name.replaceAll('_', '') === known.replaceAll('_', '')) return 'typo';
  }
  if (words.length !== knownWords.length) return 'far';
  const found = words.map((word, index) => nearness(word, knownWords[index] ?? ''));
  const different = found.filter((each) => each !== 'same');
  // Any program may use a single short word, such as PORTS.
  if (known.length < 5 && different[0] === 'sibling') return 'far';
  return different.length === 1 ? (different[0] ?? 'far') : 'far';
}

/** Returns a line per probable misspelling; an unrelated variable must never stop the server. */
export function misspeltIn(environment: Environment, known: readonly string[]): string[] {
  const isSet = (name: string) => (environment[name] ?? '') !== '';
  const isGiven = (name: string) => isSet(name) || isSet(`${name}_FILE`);
  const unknown = Object.keys(environment).filter(
    (name) => isSet(name) && !known.includes(name) && !FOREIGN.test(name),
  );
  return unknown.flatMap((name) => {
    const meant =
      known.find((each) => resembles(name, each) === 'typo') ??
      known.find((each) => resembles(name, each) === 'sibling' && !isGiven(each));
    return meant === undefined ? [] : [`${name}: is unknown; did you mean ${meant}?`];
  });
}
