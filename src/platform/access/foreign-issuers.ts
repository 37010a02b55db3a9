import { Logger } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { FirstTimes } from '../tasks/first-times.js';
import type { Request } from '../http/request.js';
import { bearerOf } from './verified-tokens.js';

/**
 * Says once of each issuer that its access tokens are refused here, although a key of this
 * deployment signed them: the replicas differ in PUBLIC_URL, and clients that change between them
 * are signed out again and again.
 */
export class ForeignIssuers {
  private readonly logger = new Logger('Access');
  private readonly noticed = new FirstTimes(20);

  /** @param fault of the access token of the request, whose signature is checked before its issuer */
  notice(fault: unknown, request: Request): void {
    const isForeign =
      fault instanceof jwt.JsonWebTokenError && fault.message.startsWith('jwt issuer invalid');
    if (!isForeign) return;
    const issuer = jwt.decode(bearerOf(request.headers.authorization), { json: true })?.iss;
    if (typeof issuer === 'string' && this.noticed.isFirst(issuer))
      this.logger.warn(
        { issuer },
        'access tokens of a replica with another PUBLIC_URL are refused here: set the same PUBLIC_URL on all replicas; after a change of it the refusals end within ACCESS_TOKEN_TTL',
      );
  }
}
