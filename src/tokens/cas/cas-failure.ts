import { MintFailed } from '../protocol/token-source.js';

/** What is known of a call that brought no token. */
export interface CasFault {
  /** As the client of HTTP names it, such as `ECONNREFUSED`. */
  readonly code: string;
  /** Of the answer; undefined if there was none. */
  readonly status?: number;
  /** Seconds that CAS asked us to wait. */
  readonly retryAfter?: number | undefined;
}

/** The code of an answer in JSON, with status 200, that has no token which could be used. */
export const NO_TOKEN = 'NO_TOKEN';

const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const UNTRUSTED = /^(ERR_TLS|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/;
const NO_TLS = /^(ERR_SSL|EPROTO$)/;
const TIMED_OUT = new Set(['ERR_CANCELED', 'ETIMEDOUT', 'ECONNABORTED']);

/** Why there was no answer, and what to check. */
function explainSilence(code: string): string {
  if (UNREACHABLE.has(code))
    return `CAS cannot be reached (${code}): check host and port of CAS_URL, and that this server may connect to them`;
  if (UNRESOLVED.has(code))
    return `The host of CAS is not found (${code}): check CAS_URL, and the name server of this host`;
  if (UNTRUSTED.test(code))
    return `The certificate of CAS is not trusted (${code}): check the host of CAS_URL; a CA of your own goes into NODE_EXTRA_CA_CERTS`;
  if (NO_TLS.test(code))
    return `CAS does not speak TLS as expected (${code}): check scheme, host and port of CAS_URL`;
  if (TIMED_OUT.has(code))
    return 'CAS did not answer in time: check host and port of CAS_URL and the network in between; if it lasts, ask the vendor';
  if (code === 'ERR_BAD_RESPONSE')
    return 'CAS sent no answer that can be read: check that CAS_URL names the CAS itself';
  return `CAS closed the connection without an answer (${code}): check CAS_URL and the network in between; if it lasts, ask the vendor`;
}

/** What the status of an answer means, and what to check. @param path where CAS was asked */
function explainStatus(status: number, code: string, path: string): string {
  const told = `(CAS answered ${status})`;
  if (status === 401 || status === 403)
    return `CAS refused the API key or secret: check CAS_API_KEY and CAS_API_SECRET ${told}`;
  if (status === 404 || status === 405 || status === 410)
    return `CAS has no tokens at the path ${path}: check the path of CAS_URL ${told}`;
  if (status >= 300 && status < 400)
    return `CAS redirects, which is never followed: set CAS_URL to the address that answers by itself ${told}`;
  if (status === 429)
    return `CAS asks for fewer calls: nothing to do here; if it lasts, ask the vendor for its limits ${told}`;
  if (status >= 500)
    return `CAS is out of order: nothing to do here; if it lasts, ask the vendor ${told}`;
  if (code === NO_TOKEN)
    return 'CAS answered without a token that can be used: check that CAS_URL names the CAS itself; if it does, ask the vendor';
  if (status !== 200)
    return `CAS did not take the request: check that CAS_URL names the CAS itself ${told}`;
  return `CAS answered with something else than JSON, such as a web page: check that CAS_URL names the CAS itself ${told}`;
}

/** Whether the request surely never reached CAS, so that a second one cannot open a second session. */
export function isNeverSent({ code, status }: CasFault): boolean {
  if (status !== undefined) return false;
  const isUnreachable = UNREACHABLE.has(code) || UNRESOLVED.has(code);
  return isUnreachable || UNTRUSTED.test(code) || code.startsWith('ERR_SSL');
}

/**
 * What is wrong in words of our own, with what to do next: neither the host nor a header nor a text
 * of CAS is ever in them.
 * @param path where CAS was asked
 */
export function explain({ code, status, retryAfter }: CasFault, path: string): MintFailed {
  const sentence = status === undefined ? explainSilence(code) : explainStatus(status, code, path);
  const kind = status === 401 || status === 403 ? 'refused' : 'unavailable';
  return new MintFailed(kind, sentence, retryAfter);
}
