import type { SecurityHeadersOptions } from '@nestjs/common';
import { resolveSecurityHeaders } from '@nestjs/core/security/security-headers.js';

/** Stricter than Nest's defaults, because almost no answer is a page. */
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

/** The same headers as name and value, for answers that no hook sees. */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] =
  resolveSecurityHeaders(SECURITY).headers;
