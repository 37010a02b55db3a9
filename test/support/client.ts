import type { SignedIn } from './shapes.js';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

type Body = Record<string, unknown> | string | undefined;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The connection of an app to the server, with or without a sign-in. */
export class Client {
  constructor(
    readonly url: string,
    readonly signedIn?: SignedIn,
  ) {}

  get token(): string | undefined {
    return this.signedIn?.accessToken;
  }

  as(signedIn: SignedIn): Client {
    return new Client(this.url, signedIn);
  }

  async send<Result>(
    method: Method,
    path: string,
    body?: Body,
    headers: Record<string, string> = {},
  ): Promise<Answer<Result>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const parsed = (text === '' ? undefined : isJson ? JSON.parse(text) : text) as Result;
    return { status: response.status, headers: response.headers, body: parsed };
  }

  get = <Result>(path: string, headers?: Record<string, string>) =>
    this.send<Result>('GET', path, undefined, headers);
  post = <Result>(path: string, body?: Body, headers?: Record<string, string>) =>
    this.send<Result>('POST', path, body, headers);
  put = <Result>(path: string, body?: Body) => this.send<Result>('PUT', path, body);
  patch = <Result>(path: string, body?: Body, headers?: Record<string, string>) =>
    this.send<Result>('PATCH', path, body, headers);
  delete = <Result>(path: string, headers?: Record<string, string>) =>
    this.send<Result>('DELETE', path, undefined, headers);
}
