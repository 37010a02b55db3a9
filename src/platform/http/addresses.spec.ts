import { describe, expect, it } from 'vitest';
import { canonicalAddress, isAmong } from './addresses.js';

describe('network addresses', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:54321', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['2001:0DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['2001:db8::7:443', '2001:db8::7:443'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:CB00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:80', '203.0.113.7'],
    ['::ffff:255.255.255.255', '255.255.255.255'],
    ['64:ff9b::203.0.113.7', '64:ff9b::cb00:7107'],
    ['::1', '::1'],
  ])('%s is normalised to %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
    expect(canonicalAddress(address)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    '203.0.113',
    '203.0.113.256',
    '010.1.2.3',
    '203.0.113.7:',
    '203.0.113.7:http',
    '203.0.113.7:123456',
    '[203.0.113.7]',
    '[2001:db8::7',
    '[2001:db8::7]443',
    '2001:db8::g',
    'a.example:80',
    '%eth0',
  ])('%j is not an address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it('a closed connection has no address and is in no network', () => {
    expect(canonicalAddress(undefined)).toBeUndefined();
    expect(isAmong(['0.0.0.0/1'])(undefined)).toBe(false);
  });
});

describe('trusted networks', () => {
  const isTrusted = isAmong(['127.0.0.1', '10.0.0.0/8', '2001:db8:7::/48', '::ffff:192.0.2.0/120']);

  it.each([
    '127.0.0.1',
    '::ffff:127.0.0.1',
    '10.1.2.3:8080',
    '[2001:db8:7::1]:443',
    '2001:DB8:7::1%eth0',
    '192.0.2.9',
  ])('trusted networks include %s', (entry) => {
    expect(isTrusted(entry)).toBe(true);
  });

  it.each(['127.0.0.2', '11.0.0.1', '2001:db8:8::1', '192.0.3.1', 'unknown', '', '10.1.2'])(
    'trusted networks do not include %j',
    (entry) => {
      expect(isTrusted(entry)).toBe(false);
    },
  );

  it('trusted networks can be given by name', () => {
    const isLocal = isAmong(['loopback', 'linklocal', 'uniquelocal']);
    const inside = ['127.9.9.9', '::1', '169.254.1.1', 'fe80::1%2', '172.31.0.1', 'fd00::1'];
    expect(inside.filter((entry) => !isLocal(entry))).toEqual([]);
    expect(['172.32.0.1', '203.0.113.7', '2001:db8::1'].filter(isLocal)).toEqual([]);
  });
});
