import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** Entries that are processed before other requests get their turn. */
const SLICE = 2_000;
/** Shorter texts occur in too many passwords by chance. */
const LEAST = 4;

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '!': 'l',
  '|': 'l',
  i: 'l',
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
};

/** Returns the form for comparisons: without case, look-alikes and word separators. */
export function skeletonOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s._-]/g, '')
    .replaceAll(/[01!|i34@5$7]/g, (sign) => LOOK_ALIKES[sign] ?? sign);
}

/**
 * Returns the skeletons of a password and of the text that it repeats, each also without up to
 * four digits or signs in front and behind, with which people lengthen a word.
 */
export function meaningsOf(password: string): string[] {
  const starts = [password, password.replace(/^[^\p{L}]{1,4}/u, '')];
  const trimmed = starts.flatMap((text) => [text, text.replace(/[^\p{L}]{1,4}$/u, '')]);
  const meanings = trimmed.map(skeletonOf).flatMap((text) => [text, unitOf(text)]);
  return [...new Set(meanings)].filter((text) => text.length >= LEAST);
}

/** Returns the repeated text, perhaps cut off at the end; otherwise the text itself. */
export function unitOf(text: string): string {
  for (let length = 1; 2 * length <= text.length; length += 1)
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  return text;
}

/** The common passwords; the list is loaded when the first password is chosen. */
@Injectable()
export class CommonPasswords {
  private loading: Promise<ReadonlySet<string>> | undefined;

  async hasAnyOf(meanings: readonly string[]): Promise<boolean> {
    this.loading ??= load();
    const common = await this.loading;
    return meanings.some((each) => common.has(each));
  }
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const passwords = dictionary['passwords-common'];
  const common = new Set<string>();
  for (let start = 0; start < passwords.length; start += SLICE) {
    for (const password of passwords.slice(start, start + SLICE)) {
      const skeleton = skeletonOf(password);
      if (skeleton.length >= LEAST) common.add(skeleton);
    }
    await nextTurn();
  }
  return common;
}
