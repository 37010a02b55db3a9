import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jwt } from '../../../test/support/scripted-source.js';
import { isDead, lifeOf, serveSecondsOf } from './token-life.js';

const NOW = 1_780_000_000;

describe('the life of a token', () => {
  it('is the smaller of exp − iat and exp − Date', () => {
    expect(lifeOf(jwt({ iat: NOW, exp: NOW + 3_600 }), NOW + 60)).toBe(3_540);
    expect(lifeOf(jwt({ iat: NOW + 60, exp: NOW + 3_600 }), NOW)).toBe(3_540);
  });

  it('needs only one of iat and Date', () => {
    expect(lifeOf(jwt({ exp: NOW + 90 }), NOW)).toBe(90);
    expect(lifeOf(jwt({ iat: NOW, exp: NOW + 90 }), undefined)).toBe(90);
  });

  it.each([-600, 600])('is right even if the clock of CAS is %i s off', (skew) => {
    const token = jwt({ iat: NOW + skew, exp: NOW + skew + 3_600 });
    expect(lifeOf(token, NOW + skew)).toBe(3_600);
  });

  it.each([
    ['a text', String(NOW + 3_600)],
    ['null', null],
    ['a boolean', true],
    ['a list', [NOW + 3_600]],
    ['an object', { at: NOW }],
    ['missing', undefined],
  ])('is unknown if exp is %s', (_, exp) => {
    expect(lifeOf(jwt({ iat: NOW, exp }), NOW)).toBeUndefined();
  });

  it('is unknown if exp is larger than any number', () => {
    const claims = Buffer.from(`{"iat":${NOW},"exp":1e999}`).toString('base64url');
    expect(lifeOf(`e30.${claims}.x`, NOW)).toBeUndefined();
  });

  it.each(['soon', null, {}, true])('ignores an iat of %j', (iat) => {
    expect(lifeOf(jwt({ iat, exp: NOW + 50 }), NOW)).toBe(50);
    expect(lifeOf(jwt({ iat, exp: NOW + 50 }), undefined)).toBeUndefined();
  });

  it.each([
    ['without dots', 'opaque-text'],
    ['whose payload is no JSON', `e30.${Buffer.from('hello').toString('base64url')}.x`],
    ['whose payload is a text', jwt('hello')],
    ['whose payload is a list', jwt([NOW])],
    ['whose payload is null', jwt(null)],
    ['with empty parts', '..'],
    ['that is empty', ''],
  ])('is unknown for a token %s', (_, token) => {
    expect(lifeOf(token, NOW)).toBeUndefined();
  });

  it('is at most ten years, so that every end is a valid date', () => {
    expect(lifeOf(jwt({ iat: 0, exp: Number.MAX_VALUE }), undefined)).toBe(315_360_000);
  });

  it('is negative if the token expired before it arrived', () => {
    expect(lifeOf(jwt({ iat: NOW, exp: NOW - 60 }), NOW)).toBe(-60);
    expect(lifeOf(jwt({ iat: NOW, exp: -1e300 }), NOW)).toBeLessThan(0);
  });

  it('is a finite number or unknown, for every token', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.double({ noNaN: true }), fc.integer());
    const claims = fc.record({ exp: odd, iat: odd }, { requiredKeys: [] });
    const token = fc.oneof(fc.string({ unit: 'binary' }), claims.map(jwt), fc.jsonValue().map(jwt));
    fc.assert(
      fc.property(token, fc.option(fc.integer(), { nil: undefined }), (text, answeredAt) => {
        const life = lifeOf(text, answeredAt);
        expect(life === undefined || Number.isFinite(life)).toBe(true);
      }),
    );
  });
});

describe('a token', () => {
  it.each([
    [1, true],
    [0, true],
    [-60, true],
    [1.001, false],
    [2, false],
  ])('with %f s left is dead: %s', (life, dead) => {
    expect(isDead(life)).toBe(dead);
  });
});

describe('the time for which a token is served', () => {
  it.each([
    ['ends the margin before the end of its life', 3_600, 30, 3_570],
    ['is half of its life, if its life is shorter than twice the margin', 50, 30, 25],
    ['is half of its life, if its life is shorter than the margin', 10, 30, 5],
    ['ends the margin before the end of its life, which is twice the margin', 60, 30, 30],
    ['is its whole life, if there is no margin', 100, 0, 100],
  ])('%s', (_, life, margin, served) => {
    expect(serveSecondsOf(life, margin)).toBe(served);
  });

  it('is at least half of its life, and at most its life', () => {
    const seconds = fc.double({ min: 1, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (life, margin) => {
        const served = serveSecondsOf(life, margin);
        expect(served).toBeGreaterThanOrEqual(life / 2);
        expect(served).toBeLessThanOrEqual(life);
      }),
    );
  });
});
