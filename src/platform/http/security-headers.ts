import type { SecurityHeadersOptions } from '@nestjs/common';
import { resolveSecurityHeaders } from '@nestjs/core/security/security-headers.js';

/**
 * Nest's own, but stricter, since hardly an answer is a page: a browser that is led to one runs,
 * loads, frames and sends nothing. A page of ours says itself what it needs.
 */
export const SECURITY: SecurityHeadersOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      sandbox: [],
    },
  },
  xFrameOptions: { action: 'deny' },
};

/** The same as they are sent, for answers that no hook sees. */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] =
  resolveSecurityHeaders(SECURITY).headers;
