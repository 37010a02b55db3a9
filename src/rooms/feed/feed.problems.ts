import { saying } from '../../platform/http/problem.js';
import { Overloaded, RateLimited } from '../../platform/http/problems.js';
export class TooManyFeeds extends saying(
  Overloaded,
  'Too many feeds are open on this server: try again after retryAfter seconds.',
  { retryAfter: 5 },
) {}
export class TooManyFeedsOfSignIn extends saying(
  RateLimited,
  'Eight feeds of this sign-in are open in other rooms: close a feed first.',
  { retryAfter: 5 },
) {}
