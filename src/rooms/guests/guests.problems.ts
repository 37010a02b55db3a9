import { saying } from '../../platform/http/problem.js';
import { Overloaded } from '../../platform/http/problems.js';
export class TooManyGuestsAtOnce extends saying(
  Overloaded,
  'Too many guests are entering this room at the same time: try again after retryAfter seconds.',
  { retryAfter: 2 },
) {}
