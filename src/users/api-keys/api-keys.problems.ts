import { saying } from '../../platform/http/problem.js';
import {
  InvalidRequest,
  LimitReached,
  NotFound,
  Unauthenticated,
} from '../../platform/http/problems.js';

/** Why an API key was refused, in the order of the checks. */
export const REASONS = {
  malformed:
    'The API key is not complete, or was mistyped: send the whole key, which is lk_ and 49 letters and digits.',
  key_unknown:
    'This server does not know the API key, because it was deleted or belongs to another server: ask an administrator for a new key.',
  expired:
    'The API key has expired, or a newer key has replaced it: send the newer key, or ask an administrator to rotate or extend it.',
} as const;
type Reason = keyof typeof REASONS;

export class ApiKeyRefused extends Unauthenticated {
  constructor(reason: Reason) {
    super(REASONS[reason], { reason });
  }
}

export class NoSuchApiKey extends saying(
  NotFound,
  'There is no such API key: check the id; administrators find it with GET /v1/api-keys.',
) {}
export class TooManyApiKeys extends saying(
  LimitReached,
  'This server has 100 API keys already: delete keys that nobody uses, and try again.',
) {}
export class ApiKeyEndsInThePast extends saying(
  InvalidRequest,
  'The key would have expired already: set expiresAt to a later time, or to null.',
  { errors: [{ pointer: '/expiresAt', detail: 'must be in the future' }] },
) {}
