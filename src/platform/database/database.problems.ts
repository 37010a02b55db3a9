import { saying } from '../http/problem.js';
import { Overloaded } from '../http/problems.js';
export class DatabaseTooSlow extends saying(
  Overloaded,
  'The database took too long: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class RowsInUse extends saying(
  Overloaded,
  'Another request is using the same rows for too long: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
