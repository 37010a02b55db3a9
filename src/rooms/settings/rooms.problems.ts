import { problem, saying } from '../../platform/http/problem.js';
import { InvalidRequest } from '../../platform/http/problems.js';

export class SlugTaken extends problem(
  409,
  'slug_taken',
  'Another room has this slug: choose another slug.',
) {}
export class IfMatchInvalid extends saying(
  InvalidRequest,
  'If-Match is not valid: send the ETag of the room exactly as you received it, such as "3".',
) {}
