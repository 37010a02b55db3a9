import { problem, saying } from '../../platform/http/problem.js';
import { RateLimited, Overloaded } from '../../platform/http/problems.js';

export class NotInRoom extends problem(
  409,
  'not_in_room',
  'This sign-in has no seat in the room: join the room; if it had a seat before, join again only when the user asks.',
) {}
export class TooManyJoinsWait extends saying(
  RateLimited,
  'Too many of your joins are waiting for a token: wait for their answers, and try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class TooManyEnter extends saying(
  Overloaded,
  'Too many people are entering this room at the same time: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class RoomChangesTooFast extends saying(
  Overloaded,
  'The room kept changing during the request: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
