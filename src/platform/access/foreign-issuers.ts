import { Logger } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { FirstTimes } from '../tasks/first-times.js';
import type { Request } from '../http/request.js';
import { bearerOf } from './verified-tokens.js';

/** Logs each other issuer of tokens under our keys once: PUBLIC_URL differs between replicas. */
export class ForeignIssuers {
  private readonly logger = new Logger('Access');
  private readonly noticed = new FirstTimes(20);

  /** @param fault of the request's access token; its signature was checked before its issuer */
  notice(fault: unknown, request: Request): void {
    const isForeign =
      fault instanceof jwt.JsonWebTokenError && fault.message.startsWith('jwt issuer invalid');
    if (!isForeign) return;
    const issuer = jwt.decode(bearerOf(request.headers.authorization), { json: true })?.iss;
    if (typeof issuer === 'string' && this.noticed.isFirst(issuer))
      this.logger.warn(
        { issuer },
        'refused an access token of a replica with a different PUBLIC_URL: set the same PUBLIC_URL on all replicas; after a change the refusals end within ACCESS_TOKEN_TTL',
      );
  }
}
