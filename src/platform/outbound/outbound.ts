import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpService } from '@nestjs/axios';
import { type AxiosRequestConfig, type AxiosResponse, isAxiosError } from 'axios';
import { firstValueFrom } from 'rxjs';

export interface OutboundLimits {
  /** Requests at the same time, each on a connection of its own. */
  readonly sockets: number;
  /** Milliseconds until the last byte of the answer. */
  readonly patienceMs: number;
  readonly answerBytes: number;
}

export interface OutboundRequest {
  readonly url: string;
  readonly baseUrl?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export type OutboundAnswer = Pick<AxiosResponse<unknown>, 'data' | 'headers' | 'status'>;

/** The facts of a failed request. The error itself contains headers and bodies, and stays here. */
export interface OutboundFault {
  /** The error code of the HTTP client, such as `ECONNREFUSED`. */
  readonly code: string;
  readonly answer?: OutboundAnswer;
}

/** A request failed, or its answer was not JSON with status 200. */
export class OutboundFailed extends Error {
  constructor(readonly fault: OutboundFault) {
    super(fault.code);
  }
}

/** Requests to other servers: no redirects, no proxy, checked certificates, bounded answers. */
export class Outbound {
  private readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };

  constructor(
    private readonly http: HttpService,
    private readonly limits: OutboundLimits,
  ) {
    const connections = { keepAlive: true, maxSockets: limits.sockets };
    this.agents = {
      httpAgent: new HttpAgent(connections),
      httpsAgent: new HttpsAgent({
        ...connections,
        // Explicit, because an environment variable or a flag of Node could disable it.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
      }),
    };
  }

  /** Reads JSON; only the status 200 is a success. @throws {OutboundFailed} */
  async readJson(request: OutboundRequest): Promise<OutboundAnswer> {
    try {
      const answer = this.http.get<unknown>(request.url, this.configOf(request));
      const { data, headers, status } = await firstValueFrom(answer);
      return { data, headers, status };
    } catch (error) {
      throw new OutboundFailed(faultOf(error));
    }
  }

  private configOf({ baseUrl, headers, signal }: OutboundRequest): AxiosRequestConfig {
    // axios' own timeout does not end a slowly trickling body.
    const timeout = AbortSignal.timeout(this.limits.patienceMs);
    return {
      ...this.agents,
      ...(baseUrl !== undefined && { baseURL: baseUrl, allowAbsoluteUrls: false }),
      headers: { accept: 'application/json', ...headers },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      // A redirect would send secrets to another origin, and a proxy would see them.
      maxRedirects: 0,
      proxy: false,
      maxContentLength: this.limits.answerBytes,
      maxBodyLength: 16_384,
      responseType: 'json',
      transitional: { clarifyTimeoutError: true, silentJSONParsing: false },
      validateStatus: (status) => status === 200,
    };
  }

  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }
}

function faultOf(error: unknown): OutboundFault {
  if (!isAxiosError(error)) return { code: 'unknown' };
  const { code = 'unknown', response } = error;
  if (!response) return { code };
  const { status, headers } = response;
  return { code, answer: { status, headers, data: undefined } };
}
