import type { Behaviour } from '../../sandbox/cas/behaviour.js';

/** Every way in which CAS may fail to return a usable token. */
export const casFaults: Readonly<Record<string, Behaviour>> = {
  'answers 401': { status: 401 },
  'answers 403': { status: 403 },
  'answers 404': { status: 404 },
  'answers 429, to come back in 20 s': { status: 429, retryAfter: 20 },
  'answers 503, to come back in 20 s': { status: 503, retryAfter: 20 },
  'answers 429, to come back at a date': {
    status: 429,
    retryAfter: new Date(Date.now() + 120_000).toUTCString(),
  },
  'answers 500': { status: 500 },
  'answers 204': { status: 204 },
  hangs: { hang: true },
  'sends a byte now and then': { trickle: true },
  'answers with a web page': { garbage: true },
  'answers a number for a token': { wrongType: 'number' },
  'answers without a token': { wrongType: 'missing' },
  'answers an empty token': { wrongType: 'empty' },
  'answers 10 MB': { huge: true },
  'gives a token that has expired': { expired: true },
  'gives a token with a second left': { shortLife: 1 },
  'closes the connection': { drop: true },
};
