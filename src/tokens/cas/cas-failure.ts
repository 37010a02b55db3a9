import { isNeverSent, silenceOf } from '../../platform/outbound/silence.js';
import { MintFailed } from '../protocol/token-source.js';

export interface CasFault {
  /** The error code of the HTTP client, such as `ECONNREFUSED`. */
  readonly code: string;
  readonly status?: number;
  readonly retryAfter?: number | undefined;
}

/** The code of an answer with status 200 that is JSON but contains no usable token. */
export const NO_TOKEN = 'NO_TOKEN';

function explainSilence(code: string): string {
  switch (silenceOf(code)) {
    case 'unreachable':
      return `CAS cannot be reached (${code}): check host and port of CAS_URL, and that this server may connect to them`;
    case 'unresolved':
      return `The host of CAS cannot be resolved (${code}): check CAS_URL, and the name server of this host`;
    case 'untrusted':
      return `The certificate of CAS is not trusted (${code}): check the host of CAS_URL; name your own CA in NODE_EXTRA_CA_CERTS`;
    case 'no_tls':
      return `CAS does not speak TLS as expected (${code}): check scheme, host and port of CAS_URL`;
    case 'timed_out':
      return 'CAS did not answer in time: check host and port of CAS_URL and the network in between; if it lasts, ask the vendor';
    case 'unreadable':
      return 'CAS sent an unreadable answer: check that CAS_URL names the CAS itself';
    case 'closed':
      return `CAS closed the connection without an answer (${code}): check CAS_URL and the network in between; if it lasts, ask the vendor`;
  }
}

function explainStatus(status: number, code: string, path: string): string {
  const told = `(CAS answered ${status})`;
  if (status === 401 || status === 403)
    return `CAS refused the API key or secret: check CAS_API_KEY and CAS_API_SECRET ${told}`;
  if (status === 404 || status === 405 || status === 410)
    return `CAS has no tokens at the path ${path}: check the path of CAS_URL ${told}`;
  if (status >= 300 && status < 400)
    return `CAS redirects, and redirects are never followed: set CAS_URL to the address that answers without a redirect ${told}`;
  if (status === 429)
    return `CAS asks for fewer calls: the server slows down by itself; if it lasts, ask the vendor for its limits ${told}`;
  if (status >= 500)
    return `CAS fails: the server retries by itself; if it lasts, ask the vendor ${told}`;
  if (code === NO_TOKEN)
    return 'CAS answered without a usable token: check that CAS_URL names the CAS itself; if it does, ask the vendor';
  if (status !== 200)
    return `CAS refused the request as invalid: check that CAS_URL names the CAS itself ${told}`;
  return `CAS answered with something other than JSON, such as a web page: check that CAS_URL names the CAS itself ${told}`;
}

/** Whether a retry opens no second session. */
export function isRepeatable({ code, status }: CasFault): boolean {
  return status === undefined && isNeverSent(code);
}

/** Explains a failure, with what to do next; never contains the host, a header or a text of CAS. */
export function explain({ code, status, retryAfter }: CasFault, path: string): MintFailed {
  const sentence = status === undefined ? explainSilence(code) : explainStatus(status, code, path);
  const kind = status === 401 || status === 403 ? 'refused' : 'unavailable';
  return new MintFailed(kind, sentence, retryAfter);
}
