import { describe, expect, it } from 'vitest';
import { withoutCasPath } from './cas-url.js';

describe('the path of CAS_URL', () => {
  it.each([
    ['https://cas.example.org/stream/token/v2/', 'https://cas.example.org'],
    ['https://cas.example.org/stream/token/v2', 'https://cas.example.org'],
    ['https://cas.example.org//stream/token/v2//', 'https://cas.example.org'],
    ['https://cas.example.org/stream/token/v2/stream/token/v2/', 'https://cas.example.org'],
    ['https://cas.example.org:8443/stream/token/v2', 'https://cas.example.org:8443'],
    ['https://proxy.example.org/cas/stream/token/v2/', 'https://proxy.example.org/cas'],
    ['https://stream/stream/token/v2/', 'https://stream'],
  ])('a final path of the vendor’s API is removed: %s', (given, kept) => {
    expect(withoutCasPath(given)).toBe(kept);
  });

  it.each([
    'https://stream/token/v2/',
    'https://cas.example.org/stream/token/v1/',
    'https://cas.example.org/stream/token/v2/x',
    'https://cas.example.org/prefix/',
    'https://cas.example.org/',
    'https://cas.example.org',
  ])('a similar path is not taken for the vendor’s API: %s', (given) => {
    expect(withoutCasPath(given)).toBe(given);
  });
});
