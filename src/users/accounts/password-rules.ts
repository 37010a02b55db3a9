import { Injectable } from '@nestjs/common';
import { charactersOf } from '../../platform/http/characters.js';
import { MAX_PASSWORD_LENGTH } from '../../platform/http/schema.js';
import { Config } from '../../platform/config/config.js';
import { CommonPasswords, meaningsOf, skeletonOf, unitOf } from './common-passwords.js';

export interface PasswordOwner {
  readonly email?: string | null;
  readonly displayName?: string;
}

/** Minimum length of the text that a password consists of or repeats. */
const FLOOR = 8;

/** New passwords must be long and hard to guess; there are no rules of composition. */
@Injectable()
export class PasswordRules {
  constructor(
    private readonly common: CommonPasswords,
    private readonly config: Config,
  ) {}

  /** Returns the broken rule as a requirement; undefined if there is none. */
  async faultOf(password: string, owner: PasswordOwner): Promise<string | undefined> {
    const least = this.config.PASSWORD_MIN_LENGTH;
    const length = charactersOf(password);
    if (length < least) return `must have at least ${least} characters`;
    if (length > MAX_PASSWORD_LENGTH) return `must have at most ${MAX_PASSWORD_LENGTH} characters`;
    const meanings = meaningsOf(password);
    if (namesOf(owner).some((name) => meanings.includes(name)))
      return 'must not be the e-mail address or the name of the account';
    if (isMonotonous(password)) return 'must not be a sequence or a repetition of a few characters';
    if (await this.common.hasAnyOf(meanings))
      return 'must not be a common password, nor a common password with added or exchanged digits or signs';
    return undefined;
  }
}

function namesOf({ email, displayName }: PasswordOwner): string[] {
  const names = [email, email?.slice(0, email.lastIndexOf('@')), displayName];
  return names.flatMap((name) => (name ? [skeletonOf(name)] : [])).filter((name) => name !== '');
}

function isMonotonous(password: string): boolean {
  const text = password.normalize('NFKC').toLowerCase();
  if ([...unitOf(text)].length < FLOOR) return true;
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, index) => code - (codes[index] ?? 0)));
  return steps.size === 1 && [...steps].every((step) => Math.abs(step) === 1);
}
