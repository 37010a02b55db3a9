/** Ends of requests and connections that an app must survive. */
export type Mishap = 'cut' | 'no network' | 'silent' | '503' | '429' | 'no JSON';

/** The factor by which the app's pauses and deadlines are shortened. */
const FASTER = 10;

/** The network of an app, which fails on demand, with a clock that runs faster. */
export class Network {
  /** Every pause that the app asked for, in milliseconds. */
  readonly pauses: number[] = [];
  private connection = new AbortController();
  private isClosed = false;
  private readonly mishaps: Mishap[] = [];

  readonly fetch = async (url: string, request: RequestInit): Promise<Response> => {
    if (this.isClosed) return Response.json({ code: 'closed', status: 409 }, { status: 409 });
    const own = request.signal ?? new AbortController().signal;
    const mishap = this.mishaps.shift();
    if (mishap) return this.fail(mishap, own);
    const signal = AbortSignal.any([own, this.connection.signal]);
    return fetch(url, { ...request, signal });
  };

  readonly setTimeout = (callback: () => void, milliseconds: number): NodeJS.Timeout => {
    this.pauses.push(milliseconds);
    return setTimeout(callback, milliseconds / FASTER);
  };

  timeout(milliseconds: number): AbortSignal {
    return AbortSignal.timeout(milliseconds / FASTER);
  }

  /** Ends the current connection; the next request fails in the same way, once. */
  suffer(mishap: Mishap): void {
    if (mishap !== 'cut') this.mishaps.push(mishap);
    this.connection.abort();
    this.connection = new AbortController();
  }

  /** Refuses all requests from now on. */
  close(): void {
    this.isClosed = true;
    this.suffer('cut');
  }

  private fail(mishap: Mishap, signal: AbortSignal): Promise<Response> {
    const refuse = (status: number, headers: Record<string, string> = {}) =>
      Promise.resolve(Response.json({ status }, { status, headers }));
    switch (mishap) {
      case '503':
        return refuse(503);
      case '429':
        return refuse(429, { 'retry-after': '7' });
      case 'no JSON':
        return Promise.resolve(
          new Response('<html>', { headers: { 'content-type': 'text/html' } }),
        );
      case 'silent':
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new TypeError('aborted')));
        });
      case 'no network':
      case 'cut':
        return Promise.reject(new TypeError('fetch failed'));
    }
  }
}
