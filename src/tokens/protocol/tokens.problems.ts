import { problem, saying } from '../../platform/http/problem.js';
import { RateLimited } from '../../platform/http/problems.js';

export class CasUnavailable extends problem(
  503,
  'cas_unavailable',
  'CAS returns no token at the moment: try again after retryAfter seconds.',
  { retryAfter: 5 },
) {}

/** The room must not be treated as cold. */
export class TokenUnreadable extends CasUnavailable {
  constructor(readonly generation: number) {
    const detail =
      "This room's stored token cannot be read: ask an administrator to check SECRET_KEYS, or to re-key the room.";
    super(detail, { retryAfter: 30 });
  }
}

export class GenerationChanged extends problem(
  409,
  'generation_changed',
  'The room has moved to another generation: read the room again; usually nothing is left to do.',
) {}

export class NoLiveToken extends problem(
  409,
  'no_live_token',
  'The room has no live token: nothing is left to do, because the next join gets a new token.',
) {}

export class RekeyPaused extends saying(
  RateLimited,
  'The room was re-keyed less than ten seconds ago: re-key it again after retryAfter seconds.',
  { retryAfter: 10 },
) {
  constructor(pausedSeconds: number) {
    super({ retryAfter: Math.max(1, pausedSeconds) });
  }
}
export class NoNewToken extends saying(
  CasUnavailable,
  'CAS returns no new token, and the current token stays valid: repeat the request after retryAfter seconds.',
) {}
