import { problem, saying } from '../../platform/http/problem.js';
import { RateLimited } from '../../platform/http/problems.js';

export class CasUnavailable extends problem(
  503,
  'cas_unavailable',
  'CAS currently returns no token: join again after retryAfter seconds.',
  { retryAfter: 5 },
) {}

/** The stored token cannot be decrypted; the room must not be treated as cold. */
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
  'The room has moved to another generation in the meantime: read the room again; usually no further step is needed.',
) {}

export class NoLiveToken extends problem(
  409,
  'no_live_token',
  'The room has no live token to end: no step is needed, because the next join gets a new token.',
) {}

/** The room was re-keyed moments ago. */
export class RekeyPaused extends RateLimited {
  constructor(pausedSeconds: number) {
    const detail = 'The room was re-keyed moments ago: re-key it again after retryAfter seconds.';
    super(detail, { retryAfter: Math.max(1, pausedSeconds) });
  }
}
export class NoNewToken extends saying(
  CasUnavailable,
  'CAS returns no new token, and the current token stays valid: repeat the request after retryAfter seconds.',
) {}
