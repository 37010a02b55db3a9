import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type AxiosRequestConfig, type AxiosResponse, isAxiosError } from 'axios';
import pLimit from 'p-limit';
import { firstValueFrom } from 'rxjs';
import { z } from 'zod';
import { CAS_PATH } from '../../platform/config/cas-url.js';
import { Config } from '../../platform/config/config.js';
import { type MintedToken, TokenSource } from '../protocol/token-source.js';
import { type CasFault, explain, isNeverSent, NO_TOKEN } from './cas-failure.js';

const CALLS_IN_FLIGHT = 16;
const ATTEMPT_MS = 2_500;
const MAX_ANSWER_BYTES = 65_536;

const Answer = z.object({ token: z.string().regex(/^[\x21-\x7e]{1,16384}$/) });

/** Milliseconds since the epoch by CAS's clock; NaN if the answer has no date. */
function dateOf({ headers }: AxiosResponse): number {
  return Date.parse(String(headers['date'] ?? ''));
}

/** Returns the seconds to wait; a date in the header is relative to the answer's own date. */
function retryAfterOf(response: AxiosResponse): number | undefined {
  const value = String(response.headers['retry-after'] ?? '');
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - dateOf(response)) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** Extracts the facts; the error itself contains the key and the secret, and stays here. */
function faultOf(error: unknown): CasFault {
  if (!isAxiosError(error)) return { code: 'unknown' };
  const { code = 'unknown', response } = error;
  if (!response) return { code };
  return { code, status: response.status, retryAfter: retryAfterOf(response) };
}

/** Client of Sceenic's Cluster Authentication Server, version 2. */
@Injectable()
export class CasClient
  extends TokenSource
  implements OnApplicationBootstrap, OnApplicationShutdown
{
  private readonly logger = new Logger('Cas');
  private readonly places = pLimit(CALLS_IN_FLIGHT);
  private readonly agents = {
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: CALLS_IN_FLIGHT }),
    httpsAgent: new HttpsAgent({
      keepAlive: true,
      maxSockets: CALLS_IN_FLIGHT,
      // Explicit, because an environment variable or a flag of Node could disable it.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    }),
  };

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

  /** Logs a path prefix of CAS_URL, which is right behind some proxies and otherwise a mistake. */
  onApplicationBootstrap(): void {
    const { pathname: path } = new URL(this.config.CAS_URL);
    if (path === '/') return;
    const asked = this.path;
    this.logger.warn({ path, asked }, 'CAS_URL has its own path: tokens are requested below it');
  }

  private get path(): string {
    return new URL(this.config.CAS_URL).pathname.replace(/\/*$/, CAS_PATH);
  }

  async mint(signal: AbortSignal): Promise<MintedToken> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.call(signal).catch(faultOf);
      if ('text' in result) return result;
      if (attempt === 2 || !isNeverSent(result) || signal.aborted) throw explain(result, this.path);
    }
  }

  private async call(signal: AbortSignal): Promise<MintedToken | CasFault> {
    const response = await firstValueFrom(
      this.http.get<unknown>(CAS_PATH, this.requestConfig(signal)),
    );
    const receivedAt = performance.now();
    const { data } = Answer.safeParse(response.data);
    if (!data) return { code: NO_TOKEN, status: response.status };
    const answeredAt = dateOf(response) / 1000;
    return {
      text: data.token,
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
      // axios' own timeout does not end a slowly trickling body.
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
      // A redirect would send both secrets to another origin, and a proxy would see them.
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
