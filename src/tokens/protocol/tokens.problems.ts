import { problem, saying } from '../../platform/http/problem.js';
import { RateLimited } from '../../platform/http/problems.js';

export class CasUnavailable extends problem(
  503,
  'cas_unavailable',
  'No token can be had from CAS at the moment: join again after retryAfter seconds.',
  { retryAfter: 5 },
) {}

/** The stored token does not decrypt: its room is out of order, and never a cold one. */
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
  'The room has moved to another generation meanwhile: read it again; usually nothing is left to do.',
) {}

export class NoLiveToken extends problem(
  409,
  'no_live_token',
  'The room has no live token that could be ended: nothing is to be done, because the next join gets a new one.',
) {}

/** The room was re-keyed moments ago. */
export class RekeyPaused extends RateLimited {
  constructor(pausedSeconds: number) {
    const detail = 'The room was re-keyed moments ago; re-key it again when the pause is over.';
    super(detail, { retryAfter: Math.max(1, pausedSeconds) });
  }
}
export class NoNewToken extends saying(
  CasUnavailable,
  'No new token can be had from CAS, and the present one goes on: repeat the request after retryAfter seconds.',
) {}
