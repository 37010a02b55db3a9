import { afterAll, beforeAll, expect } from 'vitest';
import { startApp, type TestApp } from './app.js';
import type { Client } from './client.js';
import type { Environment } from './config.js';
import { expectProblem } from './expect-problem.js';
import { TestIssuer, trusting } from './issuer.js';
import type { ProblemBody, SignedIn, User } from './shapes.js';

/** A server that trusts one issuer, and the people of that issuer. */
export class TrustingServer {
  issuer!: TestIssuer;
  server!: TestApp;
  private people = 0;

  /** A client that sends this text as its token. */
  bearing(accessToken: string): Client {
    return this.server.anyone.as({ accessToken } as SignedIn);
  }

  /** A client with a new token of these claims. */
  async client(claims: Record<string, unknown>): Promise<Client> {
    return this.bearing(await this.issuer.sign(claims));
  }

  /** A subject that no other test uses. */
  newSubject(): string {
    this.people += 1;
    return `person-${this.people}`;
  }

  /** Sends a text as a token, and returns `accepted`, the reason of a 401, or another code. */
  async verdictOn(text: string, headers: Record<string, string> = {}): Promise<string> {
    const answer = await this.bearing(text).get<ProblemBody & { reason?: string }>(
      '/v1/me',
      headers,
    );
    const { status, body } = answer;
    if (status === 200) return 'accepted';
    if (status !== 401) return expectProblem(answer, status, body.code).code;
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
    return (expectProblem(answer, 401, 'unauthenticated') as { reason?: string }).reason ?? '';
  }

  /** Sends a new token of these claims. */
  async verdictOnClaims(
    claims: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Promise<string> {
    return this.verdictOn(await this.issuer.sign(claims), headers);
  }

  /** Signs a person in, by a first request. */
  async visit(claims: { readonly sub?: string } & Record<string, unknown> = {}): Promise<Visitor> {
    const subject = this.newSubject();
    const client = await this.client({ sub: subject, ...claims });
    const { status, body } = await client.get<User>('/v1/me');
    if (status !== 200) throw new Error(`not signed in: ${JSON.stringify(body)}`);
    return { subject: claims.sub ?? subject, client, user: body };
  }

  async count(sql: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.server.database.query<{ count: string }>(sql, values);
    return Number(row?.count);
  }
}

export interface Visitor {
  readonly subject: string;
  readonly client: Client;
  readonly user: User;
}

/** The server and the issuer of a test file, which start before its tests and stop after them. */
export function useTrustingServer(
  entry: Record<string, unknown> = {},
  overrides: Environment = {},
): TrustingServer {
  const trusted = new TrustingServer();
  beforeAll(async () => {
    trusted.issuer = await TestIssuer.start();
    trusted.server = await startApp({ ...trusting(trusted.issuer.entry(entry)), ...overrides });
  });
  afterAll(async () => {
    try {
      await trusted.server.stop();
    } finally {
      await trusted.issuer.close();
    }
  });
  return trusted;
}

/** The present in whole seconds, as in the claims of a token. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** The header that tells devices of one sign-in apart. */
export const onDevice = (name: string): Record<string, string> => ({ 'latchkey-device': name });
