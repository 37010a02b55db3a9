import { describe, expect, it } from 'vitest';
import { withoutCasPath } from './cas-url.js';

describe('the vendor’s path at the end of CAS_URL', () => {
  it.each([
    ['https://cas.example.org/stream/token/v2/', 'https://cas.example.org'],
    ['https://cas.example.org/stream/token/v2', 'https://cas.example.org'],
    ['https://cas.example.org//stream/token/v2//', 'https://cas.example.org'],
    ['https://cas.example.org/stream/token/v2/stream/token/v2/', 'https://cas.example.org'],
    ['https://cas.example.org:8443/stream/token/v2', 'https://cas.example.org:8443'],
    ['https://proxy.example.org/cas/stream/token/v2/', 'https://proxy.example.org/cas'],
    ['https://stream/stream/token/v2/', 'https://stream'],
  ])('is trimmed: %s', (given, kept) => {
    expect(withoutCasPath(given)).toBe(kept);
  });

  it.each([
    'https://stream/token/v2/',
    'https://cas.example.org/stream/token/v1/',
    'https://cas.example.org/stream/token/v2/x',
    'https://cas.example.org/prefix/',
    'https://cas.example.org/',
    'https://cas.example.org',
  ])('is not what another address ends with: %s', (given) => {
    expect(withoutCasPath(given)).toBe(given);
  });
});
