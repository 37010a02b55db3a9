import { saying } from '../../platform/http/problem.js';
import { Overloaded } from '../../platform/http/problems.js';
export class TooManyGuestsAtOnce extends saying(
  Overloaded,
  'Too many guests come into this room at once: try again after retryAfter seconds.',
  { retryAfter: 2 },
) {}
