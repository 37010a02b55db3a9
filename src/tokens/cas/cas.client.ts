import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import pLimit from 'p-limit';
import { z } from 'zod';
import { CAS_PATH } from '../../platform/config/cas-url.js';
import { Config } from '../../platform/config/config.js';
import {
  type Outbound,
  type OutboundAnswer,
  OutboundFailed,
} from '../../platform/outbound/outbound.js';
import { OutboundService } from '../../platform/outbound/outbound.service.js';
import { type MintedToken, TokenSource } from '../protocol/token-source.js';
import { type CasFault, explain, isRepeatable, NO_TOKEN } from './cas-failure.js';

const CALLS_IN_FLIGHT = 16;
const ATTEMPT_MS = 2_500;
const MAX_ANSWER_BYTES = 65_536;

const Answer = z.object({ token: z.string().regex(/^[\x21-\x7e]{1,16384}$/) });

/** Milliseconds since the epoch by CAS's clock; NaN if the answer has no date. */
function dateOf({ headers }: OutboundAnswer): number {
  return Date.parse(String(headers['date'] ?? ''));
}

/** Returns the seconds to wait; a date in the header is relative to the answer's own date. */
function retryAfterOf(response: OutboundAnswer): number | undefined {
  const value = String(response.headers['retry-after'] ?? '');
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - dateOf(response)) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function faultOf(error: unknown): CasFault {
  if (!(error instanceof OutboundFailed)) return { code: 'unknown' };
  const { code, answer } = error.fault;
  return answer ? { code, status: answer.status, retryAfter: retryAfterOf(answer) } : { code };
}

/** Client of Sceenic's Cluster Authentication Server, version 2. */
@Injectable()
export class CasClient extends TokenSource implements OnApplicationBootstrap {
  private readonly logger = new Logger('Cas');
  private readonly places = pLimit(CALLS_IN_FLIGHT);
  private readonly outbound: Outbound;

  constructor(
    outbound: OutboundService,
    private readonly config: Config,
  ) {
    super();
    this.outbound = outbound.open({
      sockets: CALLS_IN_FLIGHT,
      patienceMs: ATTEMPT_MS,
      answerBytes: MAX_ANSWER_BYTES,
    });
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
      if (attempt === 2 || !isRepeatable(result) || signal.aborted)
        throw explain(result, this.path);
    }
  }

  private async call(signal: AbortSignal): Promise<MintedToken | CasFault> {
    const response = await this.outbound.readJson({
      url: CAS_PATH,
      baseUrl: this.config.CAS_URL,
      headers: {
        'auth-api-key': this.config.CAS_API_KEY,
        'auth-api-secret': this.config.CAS_API_SECRET,
      },
      signal,
    });
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
}
