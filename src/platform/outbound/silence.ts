const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const UNTRUSTED = /^(ERR_TLS|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/;
const NO_TLS = /^(ERR_SSL|EPROTO$)/;
const TIMED_OUT = new Set(['ERR_CANCELED', 'ETIMEDOUT', 'ECONNABORTED']);

/** Why a server gave no answer; `closed` is every other cause. */
export type Silence =
  'unreachable' | 'unresolved' | 'untrusted' | 'no_tls' | 'timed_out' | 'unreadable' | 'closed';

/** @param code error code of the HTTP client */
export function silenceOf(code: string): Silence {
  if (UNREACHABLE.has(code)) return 'unreachable';
  if (UNRESOLVED.has(code)) return 'unresolved';
  if (UNTRUSTED.test(code)) return 'untrusted';
  if (NO_TLS.test(code)) return 'no_tls';
  if (TIMED_OUT.has(code)) return 'timed_out';
  return code === 'ERR_BAD_RESPONSE' ? 'unreadable' : 'closed';
}

/** Whether a request certainly never reached the server, so that a retry cannot repeat its effect. */
export function isNeverSent(code: string): boolean {
  return (
    ['unreachable', 'unresolved', 'untrusted'].includes(silenceOf(code)) ||
    code.startsWith('ERR_SSL')
  );
}
