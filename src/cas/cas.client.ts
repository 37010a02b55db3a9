import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type AxiosRequestConfig, type AxiosResponse, isAxiosError } from 'axios';
import pLimit from 'p-limit';
import { firstValueFrom } from 'rxjs';
import { z } from 'zod';
import { Config } from '../config/config.js';
import {
  MintFailed,
  type MintedToken,
  type SourceStatus,
  TokenSource,
} from '../tokens/token-source.js';

/** The trailing slash belongs to it. */
const PATH = 'stream/token/v2/';
const CALLS_IN_FLIGHT = 16;
const ATTEMPT_MS = 2_500;
const MAX_ANSWER_BYTES = 65_536;

const Answer = z.object({ token: z.string().regex(/^[\x21-\x7e]{1,16384}$/) });

// The request surely never reached CAS, so a second one cannot open a second session.
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function isNeverSent(code: string): boolean {
  return (
    NEVER_SENT.has(code) || /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/.test(code)
  );
}

/** Milliseconds since the epoch by the clock of CAS; NaN if it does not say. */
function dateOf({ headers }: AxiosResponse): number {
  return Date.parse(String(headers['date'] ?? ''));
}

/** Seconds, of either form that the header has; a date counts from that of the same answer. */
function retryAfterOf(response: AxiosResponse): number | undefined {
  const value = String(response.headers['retry-after'] ?? '');
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - dateOf(response)) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** What a failed call tells; nothing of the error itself, which carries the key and the secret. */
interface CallFailure {
  readonly failure: MintFailed;
  readonly neverSent: boolean;
}

function describeFailure(error: unknown): CallFailure {
  if (!isAxiosError(error))
    return {
      failure: new MintFailed('unavailable', 'CAS did not answer as it should'),
      neverSent: false,
    };
  const { code = 'unknown', response } = error;
  if (!response) {
    const message = `CAS did not answer (${code})`;
    return { failure: new MintFailed('unavailable', message), neverSent: isNeverSent(code) };
  }
  const { status } = response;
  const refused = status === 401 || status === 403;
  const message = refused
    ? `CAS refuses the API key or secret (${status})`
    : `CAS did not answer as it should (${status}, ${code})`;
  const kind = refused ? 'refused' : 'unavailable';
  return { failure: new MintFailed(kind, message, retryAfterOf(response)), neverSent: false };
}

/** Client of Sceenic's Cluster Authentication Server, version 2. */
@Injectable()
export class CasClient extends TokenSource implements OnApplicationShutdown {
  private readonly places = pLimit(CALLS_IN_FLIGHT);
  private readonly agents = {
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: CALLS_IN_FLIGHT }),
    httpsAgent: new HttpsAgent({
      keepAlive: true,
      maxSockets: CALLS_IN_FLIGHT,
      // Said here, since a variable of the environment or a flag of Node's would else decide.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    }),
  };
  status: SourceStatus = { works: true, detail: 'not called yet' };

  constructor(
    private readonly http: HttpService,
    private readonly config: Config,
  ) {
    super();
  }

  override get hasFreePlace(): boolean {
    return this.places.activeCount + this.places.pendingCount < CALLS_IN_FLIGHT;
  }

  withPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.places(work);
  }

  async mint(signal: AbortSignal): Promise<MintedToken> {
    try {
      const token = await this.callTwiceAtMost(signal);
      this.status = { works: true };
      return token;
    } catch (error) {
      const { message } = error as MintFailed;
      this.status = { works: false, detail: message };
      throw error;
    }
  }

  private async callTwiceAtMost(signal: AbortSignal): Promise<MintedToken> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.call(signal);
      } catch (error) {
        const { failure, neverSent } = describeFailure(error);
        if (attempt === 2 || !neverSent || signal.aborted) throw failure;
      }
    }
  }

  private async call(signal: AbortSignal): Promise<MintedToken> {
    const response = await firstValueFrom(this.http.get<unknown>(PATH, this.requestConfig(signal)));
    const receivedAt = performance.now();
    const { token } = Answer.parse(response.data);
    const answeredAt = dateOf(response) / 1000;
    return {
      text: token,
      answeredAt: Number.isNaN(answeredAt) ? undefined : answeredAt,
      receivedAt,
    };
  }

  private requestConfig(signal: AbortSignal): AxiosRequestConfig {
    return {
      ...this.agents,
      baseURL: this.config.CAS_URL,
      headers: {
        accept: 'application/json',
        'auth-api-key': this.config.CAS_API_KEY,
        'auth-api-secret': this.config.CAS_API_SECRET,
      },
      // axios' own timeout does not end a body that trickles.
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
      // A redirect would carry both secrets to another origin, a proxy would see them.
      maxRedirects: 0,
      proxy: false,
      allowAbsoluteUrls: false,
      maxContentLength: MAX_ANSWER_BYTES,
      maxBodyLength: 16_384,
      responseType: 'json',
      transitional: { clarifyTimeoutError: true, silentJSONParsing: false },
      validateStatus: (status) => status === 200,
    };
  }

  onApplicationShutdown(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }
}
