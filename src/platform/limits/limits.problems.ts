import { saying } from '../http/problem.js';
import { RateLimited } from '../http/problems.js';

export class TooManyAttempts extends saying(
  RateLimited,
  'Too many attempts: wait retryAfter seconds before the next attempt.',
) {}
export class TooManyUnderWay extends saying(
  RateLimited,
  'Too many of your requests are in progress: wait for their answers before you send more.',
  { retryAfter: 1 },
) {}
