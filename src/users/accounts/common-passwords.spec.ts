import { describe, expect, it } from 'vitest';
import { CommonPasswords, meaningsOf, skeletonOf, unitOf } from './common-passwords.js';

describe('the skeleton of a text', () => {
  it.each([
    ['P4$5w0rd', 'password'],
    ['pass word', 'password'],
    ['ｐａｓｓｗｏｒｄ', 'password'],
    ['Straße', 'straße'],
    ['hola!', 'holal'],
  ])('the skeleton of %j is %j', (text, skeleton) => {
    expect(skeletonOf(text)).toBe(skeleton);
  });
});

describe('the repeated unit of a text', () => {
  it.each([
    ['aaaa', 'a'],
    ['abcabcab', 'abc'],
    ['abcabd', 'abcabd'],
    ['abca', 'abca'],
    ['', ''],
  ])('the repeated unit of %j is %j', (text, unit) => {
    expect(unitOf(text)).toBe(unit);
  });
});

describe('the meanings of a password', () => {
  const sorted = (password: string) => meaningsOf(password).sort((a, b) => a.localeCompare(b));

  it('the meanings are the password and its core, each of them whole and as its repeated unit', () => {
    const meanings = ['2o2alovelove', '2o2alovelovell', 'love', 'lovelove', 'lovelovell'];
    expect(sorted('2024loveLove!!')).toEqual(meanings);
  });

  it('a core is no meaning if five signs surround it or if it is too short', () => {
    expect(sorted('password12345')).not.toContain('password');
    expect(sorted('12ab34')).toEqual(['abea', 'l2ab', 'l2abea']);
  });
});

describe('the list of common passwords', () => {
  it('the list is long enough, and loading it does not block the event loop', async () => {
    const common = new CommonPasswords();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    expect(await common.hasAnyOf(['password', 'nobody chooses this'])).toBe(true);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(await common.hasAnyOf(['nobodychoosesthis'])).toBe(false);
    const { size } = await (common as unknown as { loading: Promise<Set<string>> }).loading;
    expect(size).toBeGreaterThan(10_000);
  });
});
